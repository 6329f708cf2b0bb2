-- sentence: Every upload that is no longer waiting has a verdict, or a refusal that says why it could not be opened.
SELECT upload.id, upload.filename, upload.state
FROM upload
LEFT JOIN screening_verdict AS verdict ON verdict.upload_id = upload.id
WHERE upload.state <> 'received' AND upload.refusal IS NULL AND verdict.id IS NULL
ORDER BY upload.id

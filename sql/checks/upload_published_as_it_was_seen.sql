-- sentence: Every accepted upload was looked at, and its asset carries the hashes that were taken then.
SELECT upload.id, upload.filename, upload.asset_id
FROM upload
LEFT JOIN upload_traits AS traits ON traits.upload_id = upload.id
LEFT JOIN asset_fingerprint AS print ON print.asset_id = upload.asset_id
WHERE upload.state = 'accepted'
  AND (traits.upload_id IS NULL OR print.phash IS DISTINCT FROM traits.phash)
ORDER BY upload.id

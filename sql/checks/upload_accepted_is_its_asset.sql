-- sentence: Every accepted upload is in the catalogue under its own contributor, with the very bytes that were sent.
SELECT upload.id, upload.filename, upload.asset_id
FROM upload
LEFT JOIN asset ON asset.id = upload.asset_id
WHERE upload.state = 'accepted'
  AND (asset.id IS NULL OR asset.sha256 <> upload.sha256 OR asset.contributor_id IS DISTINCT FROM upload.contributor_id)
ORDER BY upload.id

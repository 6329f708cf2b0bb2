-- sentence: What was published and then turned down or withdrawn is off sale, and comes back only with its upload.
SELECT upload.id, upload.filename, upload.state, asset.state AS asset
FROM upload
JOIN asset ON asset.id = upload.asset_id
WHERE upload.state NOT IN ('accepted') AND asset.state = 'live'
  AND NOT EXISTS (SELECT FROM upload AS other WHERE other.asset_id = asset.id AND other.state = 'accepted')
ORDER BY upload.id

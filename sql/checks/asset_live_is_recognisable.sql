-- sentence: Every live picture has its perceptual hashes, so that copies of it are found.
SELECT asset.id, asset.kind, asset.title
FROM asset
LEFT JOIN asset_fingerprint AS f ON f.asset_id = asset.id
WHERE asset.state = 'live' AND f.asset_id IS NULL
ORDER BY asset.id

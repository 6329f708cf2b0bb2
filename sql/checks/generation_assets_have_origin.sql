-- sentence: Every picture that counts as generated has a record of the request, seed and release that made it, and no other has.
SELECT asset.id, asset.kind, g.request_id
FROM asset
LEFT JOIN generated_image AS g ON g.asset_id = asset.id
WHERE (asset.kind = 'generated') <> (g.asset_id IS NOT NULL)
ORDER BY asset.id

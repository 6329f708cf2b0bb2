-- sentence: A manifest entry that names a picture of the catalogue names one of the same bytes and the same contributor.
SELECT e.release_id, e.work_sha256, e.asset_id
FROM training_manifest_entry AS e
JOIN asset ON asset.id = e.asset_id
WHERE asset.sha256 <> e.work_sha256 OR asset.contributor_id IS DISTINCT FROM e.contributor_id
ORDER BY e.release_id, e.work_sha256

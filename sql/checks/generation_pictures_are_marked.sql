-- sentence: Every generated picture carries a registered watermark, or the register says why it does not.
SELECT generated_image.asset_id, generated_image.request_id
FROM generated_image
LEFT JOIN provenance_mark ON provenance_mark.asset_id = generated_image.asset_id
WHERE provenance_mark.asset_id IS NULL
ORDER BY generated_image.asset_id

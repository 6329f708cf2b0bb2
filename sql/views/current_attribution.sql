-- The attribution that counts for each picture: the one made last. The fund divides by this view and image_influence.
CREATE VIEW current_attribution AS
SELECT DISTINCT ON (result.asset_id)
    result.asset_id,
    method.release_id,
    result.method_id,
    method.name AS method,
    method.version,
    method.reliability_ppb, -- null: unmeasured
    result.works            -- 0: the method could name no work
FROM attribution_result AS result
JOIN attribution_method AS method ON method.id = result.method_id
ORDER BY result.asset_id, result.attributed_at DESC, result.method_id;

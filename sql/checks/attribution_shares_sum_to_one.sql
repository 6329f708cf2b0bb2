-- sentence: The shares of every attributed picture sum to exactly one (10^9), over as many works as were recorded.
SELECT result.asset_id, result.method_id, result.works, count(share.work_sha256) AS rows,
    coalesce(sum(share.share_ppb), 0) AS ppb
FROM attribution_result AS result
LEFT JOIN attribution_share AS share ON share.asset_id = result.asset_id AND share.method_id = result.method_id
GROUP BY result.asset_id, result.method_id
HAVING count(share.work_sha256) <> result.works
    OR (result.works > 0 AND sum(share.share_ppb) <> 1000000000);

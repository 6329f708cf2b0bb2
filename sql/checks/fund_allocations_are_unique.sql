-- sentence: No work earns twice from the same source in a pool.
SELECT period, contributor_id, pool_id, source_id, work_sha256, count(*) AS lines
FROM fund_allocation
GROUP BY period, contributor_id, pool_id, source_id, work_sha256
HAVING count(*) > 1;

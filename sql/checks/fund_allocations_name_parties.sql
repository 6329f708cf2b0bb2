-- sentence: Every allocation belongs to a pool and a contributor that exist.
SELECT line.pool_id, line.contributor_id, line.lines
FROM (SELECT pool_id, contributor_id, count(*) AS lines FROM fund_allocation GROUP BY 1, 2) AS line
LEFT JOIN fund_pool AS pool ON pool.id = line.pool_id
LEFT JOIN party ON party.id = line.contributor_id
WHERE pool.id IS NULL OR party.id IS NULL;

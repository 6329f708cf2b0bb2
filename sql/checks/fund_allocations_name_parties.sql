-- sentence: Every allocation belongs to a pool of its period and a contributor that exist.
SELECT line.period, line.pool_id, line.contributor_id, line.lines
FROM (SELECT period, pool_id, contributor_id, count(*) AS lines FROM fund_allocation GROUP BY 1, 2, 3) AS line
LEFT JOIN fund_pool AS pool ON pool.id = line.pool_id AND pool.period = line.period
LEFT JOIN party ON party.id = line.contributor_id
WHERE pool.id IS NULL OR party.id IS NULL;

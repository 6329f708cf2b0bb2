-- sentence: The allocations of each pool sum to what it gave, and the rest of it is in the reserve.
SELECT pool.id AS pool_id, pool.period, pool.part, pool.amount_micros, pool.reserve_micros,
    coalesce(sum(allocation.amount_micros), 0) AS allocated_micros
FROM fund_pool AS pool
LEFT JOIN fund_allocation AS allocation ON allocation.pool_id = pool.id
GROUP BY pool.id
HAVING coalesce(sum(allocation.amount_micros), 0) <> pool.amount_micros - pool.reserve_micros;

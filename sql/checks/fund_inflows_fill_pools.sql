-- sentence: What flowed into each pool is its amount, and every accrual of a closed period flowed in full.
SELECT 'pool' AS what, pool.id, pool.amount_micros, coalesce(sum(inflow.amount_micros), 0) AS inflow_micros
FROM fund_pool AS pool
LEFT JOIN fund_inflow AS inflow ON inflow.pool_id = pool.id
GROUP BY pool.id
HAVING coalesce(sum(inflow.amount_micros), 0) <> pool.amount_micros OR count(inflow.accrual_id) <> pool.sources
UNION ALL
SELECT 'accrual', accrual.id, accrual.amount_micros, coalesce(sum(inflow.amount_micros), 0)
FROM fund_accrual AS accrual
JOIN fund_period AS period ON period.id = accrual.period AND period.state = 'closed'
LEFT JOIN fund_inflow AS inflow ON inflow.accrual_id = accrual.id
GROUP BY accrual.id
HAVING coalesce(sum(inflow.amount_micros), 0) <> accrual.amount_micros;

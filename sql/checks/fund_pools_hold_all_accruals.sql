-- sentence: The pools of a closed period sum to its accruals, and an open period has no pools.
SELECT period.id AS period, accrued.currency, accrued.micros AS accrued_micros, pooled.micros AS pooled_micros
FROM fund_period AS period
JOIN (
    SELECT period, currency, sum(amount_micros) AS micros FROM fund_accrual GROUP BY period, currency
) AS accrued ON accrued.period = period.id
LEFT JOIN (
    SELECT period, currency, sum(amount_micros) AS micros FROM fund_pool GROUP BY period, currency
) AS pooled ON pooled.period = period.id AND pooled.currency = accrued.currency
WHERE CASE period.state WHEN 'closed' THEN accrued.micros <> coalesce(pooled.micros, 0) ELSE pooled.micros IS NOT NULL END;

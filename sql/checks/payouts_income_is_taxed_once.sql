-- sentence: No income counts for withholding beyond what was earned from buyers of a country, nor twice.
SELECT line.payout_id, line.country, line.income_micros, -sourced.amount_micros AS counted_micros
FROM payout_withholding AS line
JOIN payout ON payout.id = line.payout_id
LEFT JOIN payout_sourced AS sourced ON sourced.kind = 'paid' AND sourced.reference = line.payout_id
    AND sourced.country = line.country AND sourced.currency = payout.currency
WHERE line.income_micros IS DISTINCT FROM -sourced.amount_micros
UNION ALL
SELECT earned.reference, earned.contributor_id || ' ' || earned.currency, sum(earned.amount_micros), max(whole.micros)
FROM payout_sourced AS earned
JOIN (
    SELECT allocation.contributor_id, pool.period, pool.currency, sum(allocation.amount_micros) AS micros
    FROM fund_allocation AS allocation JOIN fund_pool AS pool ON pool.id = allocation.pool_id
    GROUP BY 1, 2, 3
) AS whole ON whole.contributor_id = earned.contributor_id AND whole.period = earned.reference
    AND whole.currency = earned.currency
WHERE earned.kind = 'earned'
GROUP BY earned.reference, earned.contributor_id, earned.currency
HAVING sum(earned.amount_micros) > max(whole.micros);

-- sentence: A sale or deal that was given back in full has taken from the pools of later periods exactly what it brought the pools of its own.
WITH full_refund AS (
    SELECT source.id, source.currency
    FROM license_refund AS refund
    JOIN fund_accrual AS accrual ON accrual.source_kind = 'refund' AND accrual.source_id = refund.id
    JOIN fund_accrual AS source ON source.id = accrual.reverses_id
    LEFT JOIN license_sale AS sale ON sale.id = refund.sale_id
    LEFT JOIN fund_deal AS deal ON deal.id = refund.deal_id
    JOIN fund_period AS period ON period.id = accrual.period
    GROUP BY source.id, source.currency, coalesce(sale.amount_micros, deal.amount_micros)
    HAVING sum(refund.amount_micros) = coalesce(sale.amount_micros, deal.amount_micros)
        AND bool_and(accrual.divided_in IS NOT NULL AND period.state = 'closed')
)
SELECT full_refund.id AS accrual_id, given.pool_id, given.amount_micros AS given_micros, taken.micros AS taken_micros
FROM full_refund
JOIN fund_inflow AS given ON given.accrual_id = full_refund.id
CROSS JOIN LATERAL (
    SELECT coalesce(sum(inflow.amount_micros), 0) AS micros
    FROM fund_accrual AS accrual
    JOIN fund_inflow AS inflow ON inflow.accrual_id = accrual.id
    JOIN fund_pool AS pool ON pool.id = inflow.pool_id AND pool.mirrors_id = given.pool_id
    WHERE accrual.reverses_id = full_refund.id
) AS taken
WHERE taken.micros <> -given.amount_micros;

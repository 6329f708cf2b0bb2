-- One row a period and currency: what came in, who got it, what was paid.
CREATE VIEW period_summary AS
WITH accrued AS (
    SELECT accrual.period, accrual.currency,
        count(sale.id) AS sales,
        count(deal.id) AS deals,
        coalesce(sum(sale.amount_micros), 0) AS sales_micros,
        coalesce(sum(deal.amount_micros), 0) AS deals_micros,
        count(refund.id) AS refunds,
        coalesce(sum(refund.amount_micros), 0) AS refunds_micros, -- given back to buyers, above zero
        coalesce(sum(accrual.amount_micros) FILTER (WHERE accrual.source_kind = 'reserve'), 0) AS from_reserve_micros,
        sum(accrual.amount_micros) AS micros
    FROM fund_accrual AS accrual
    LEFT JOIN license_sale AS sale ON accrual.source_kind = 'sale' AND sale.id = accrual.source_id
    LEFT JOIN fund_deal AS deal ON accrual.source_kind = 'deal' AND deal.id = accrual.source_id
    LEFT JOIN license_refund AS refund ON accrual.source_kind = 'refund' AND refund.id = accrual.source_id
    GROUP BY accrual.period, accrual.currency
), divided AS (
    SELECT period, currency, sum(allocated_micros) AS allocated, sum(reserve_micros) AS reserve
    FROM fund_pool
    GROUP BY period, currency
), earners AS (
    SELECT period, currency, count(DISTINCT contributor_id) AS contributors
    FROM contributor_earnings
    GROUP BY period, currency
), sent AS (
    SELECT payout.period, payout.currency,
        count(DISTINCT payout.contributor_id) FILTER (WHERE outcome.state = 'paid') AS people,
        sum(payout.amount_micros) FILTER (WHERE outcome.state = 'paid') AS paid,
        sum(payout.amount_micros) FILTER (WHERE outcome.state = 'returned') AS returned,
        sum(payout.amount_micros) FILTER (WHERE outcome.state IS NULL) AS in_transit
    FROM payout
    LEFT JOIN payout_outcome AS outcome ON outcome.payout_id = payout.id
    GROUP BY payout.period, payout.currency
)
SELECT
    period.id AS period,
    period.state,
    period.policy_version,
    accrued.currency,
    accrued.sales,
    accrued.deals,
    accrued.sales_micros,
    accrued.deals_micros,
    accrued.refunds,
    accrued.refunds_micros,
    accrued.from_reserve_micros,
    accrued.micros AS accrued_micros,
    coalesce(divided.allocated, 0) AS allocated_micros,
    coalesce(divided.reserve, 0) AS reserve_micros,
    coalesce(earners.contributors, 0) AS contributors,
    coalesce(sent.people, 0) AS contributors_paid,
    coalesce(sent.paid, 0) AS paid_micros,
    coalesce(sent.returned, 0) AS returned_micros,
    coalesce(sent.in_transit, 0) AS in_transit_micros
FROM fund_period AS period
JOIN accrued ON accrued.period = period.id
LEFT JOIN divided ON divided.period = period.id AND divided.currency = accrued.currency
LEFT JOIN earners ON earners.period = period.id AND earners.currency = accrued.currency
LEFT JOIN sent ON sent.period = period.id AND sent.currency = accrued.currency;

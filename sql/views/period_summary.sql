-- One row a period and currency: what came in, who got it, what was paid.
CREATE VIEW period_summary AS
WITH accrued AS (
    SELECT period, currency,
        count(*) FILTER (WHERE source_kind = 'sale') AS sales,
        count(*) FILTER (WHERE source_kind = 'deal') AS deals,
        sum(amount_micros) AS micros
    FROM fund_accrual
    GROUP BY period, currency
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
    accrued.micros AS accrued_micros,
    coalesce(divided.allocated, 0) AS allocated_micros,
    coalesce(divided.reserve, 0) AS reserve_micros,
    coalesce(earners.contributors, 0) AS contributors,
    coalesce(sent.paid, 0) AS paid_micros,
    coalesce(sent.returned, 0) AS returned_micros,
    coalesce(sent.in_transit, 0) AS in_transit_micros
FROM fund_period AS period
JOIN accrued ON accrued.period = period.id
LEFT JOIN divided ON divided.period = period.id AND divided.currency = accrued.currency
LEFT JOIN earners ON earners.period = period.id AND earners.currency = accrued.currency
LEFT JOIN sent ON sent.period = period.id AND sent.currency = accrued.currency;

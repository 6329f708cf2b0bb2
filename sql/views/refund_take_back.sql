-- What each refund of something that an earlier period divided takes back from which of its pools (negative amounts).
-- A part is the difference of two sums that were rounded towards zero, so the parts of a sale that was given back in full
-- sum to what had flowed into the pool. div() is exact; the products are too large for a bigint.
CREATE VIEW refund_take_back AS
SELECT
    accrual.id AS accrual_id,
    accrual.period,
    origin.pool_id AS origin_id,
    CASE pool.part
        WHEN 'influence' THEN accrual.amount_micros + so_far.micros - before.micros -- what the floor leaves
        ELSE before.micros - so_far.micros
    END AS amount_micros
FROM fund_accrual AS accrual
JOIN license_refund AS refund ON refund.id = accrual.source_id
JOIN fund_accrual AS source ON source.id = accrual.reverses_id AND source.amount_micros <> 0
JOIN fund_inflow AS origin ON origin.accrual_id = source.id
JOIN fund_pool AS pool ON pool.id = origin.pool_id
CROSS JOIN LATERAL (
    SELECT CASE pool.part
        WHEN 'influence' THEN source.amount_micros - origin.amount_micros
        ELSE origin.amount_micros
    END AS micros
) AS fixed
CROSS JOIN LATERAL (
    SELECT div(refund.fund_before_micros::numeric * fixed.micros, source.amount_micros)::bigint AS micros
) AS before
CROSS JOIN LATERAL (
    SELECT div(
        (refund.fund_before_micros + refund.fund_micros)::numeric * fixed.micros, source.amount_micros
    )::bigint AS micros
) AS so_far
WHERE accrual.divided_in IS NOT NULL;

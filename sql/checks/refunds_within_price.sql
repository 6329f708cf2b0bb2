-- sentence: The refunds of a sale or deal follow each other without a gap, in its currency, and never exceed its price.
WITH source AS (
    SELECT id, amount_micros, currency FROM license_sale
    UNION ALL
    SELECT id, amount_micros, currency FROM fund_deal
), refund AS (
    SELECT id, coalesce(sale_id, deal_id) AS source_id, amount_micros, before_micros, currency,
        sum(amount_micros) OVER (PARTITION BY sale_id, deal_id ORDER BY before_micros) AS so_far
    FROM license_refund
)
SELECT refund.id, refund.source_id, refund.amount_micros, refund.so_far, source.amount_micros AS price_micros
FROM refund
LEFT JOIN source ON source.id = refund.source_id
WHERE source.id IS NULL OR refund.currency <> source.currency OR refund.so_far > source.amount_micros
    OR refund.before_micros <> refund.so_far - refund.amount_micros;

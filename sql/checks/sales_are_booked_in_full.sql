-- sentence: Every sale and deal is booked at its price, with the fund's part as accrued.
WITH source AS (
    SELECT 'sale' AS kind, id, buyer_id, amount_micros, currency FROM license_sale
    UNION ALL
    SELECT 'deal', id, buyer_id, amount_micros, currency FROM fund_deal
)
SELECT source.kind, source.id, source.amount_micros AS price_micros, booked.micros AS booked_micros,
    accrual.amount_micros AS fund_micros, booked.fund_micros AS booked_fund_micros
FROM source
LEFT JOIN fund_accrual AS accrual ON accrual.source_kind = source.kind AND accrual.source_id = source.id
LEFT JOIN LATERAL (
    SELECT sum(posting.amount_micros) FILTER (WHERE posting.account = 'buyer:' || source.buyer_id) AS micros,
        coalesce(-sum(posting.amount_micros) FILTER (WHERE posting.account = 'fund:' || accrual.period), 0) AS fund_micros
    FROM ledger_transaction AS transaction
    JOIN ledger_posting AS posting ON posting.transaction_id = transaction.id
    WHERE transaction.key = source.kind || ':' || source.id AND posting.currency = source.currency
) AS booked ON true
WHERE booked.micros IS DISTINCT FROM source.amount_micros
    OR booked.fund_micros IS DISTINCT FROM accrual.amount_micros;

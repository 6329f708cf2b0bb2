-- sentence: Every refund is booked, takes from the fund its exact proportion of what the sale or deal had brought, and from the house the rest.
SELECT refund.id, coalesce(refund.sale_id, refund.deal_id) AS source_id, refund.amount_micros, booked.micros AS booked_micros,
    refund.fund_micros, accrual.amount_micros AS accrued_micros, booked.fund_micros AS booked_fund_micros
FROM license_refund AS refund
LEFT JOIN license_sale AS sale ON sale.id = refund.sale_id
LEFT JOIN fund_deal AS deal ON deal.id = refund.deal_id
CROSS JOIN LATERAL (
    SELECT coalesce(sale.buyer_id, deal.buyer_id) AS buyer_id, coalesce(sale.amount_micros, deal.amount_micros) AS price
) AS source
LEFT JOIN fund_accrual AS accrual ON accrual.source_kind = 'refund' AND accrual.source_id = refund.id
LEFT JOIN fund_accrual AS earned ON earned.id = accrual.reverses_id
LEFT JOIN LATERAL (
    SELECT coalesce(-sum(posting.amount_micros) FILTER (WHERE posting.account = 'buyer:' || source.buyer_id), 0) AS micros,
        coalesce(sum(posting.amount_micros) FILTER (WHERE posting.account = 'fund:' || accrual.period), 0) AS fund_micros
    FROM ledger_transaction AS transaction
    JOIN ledger_posting AS posting ON posting.transaction_id = transaction.id
    WHERE transaction.key = 'refund:' || refund.id AND posting.currency = refund.currency
) AS booked ON true
WHERE booked.micros <> refund.amount_micros
    OR booked.fund_micros <> refund.fund_micros
    OR accrual.amount_micros IS DISTINCT FROM -refund.fund_micros
    OR earned.source_id IS DISTINCT FROM coalesce(refund.sale_id, refund.deal_id)
    -- half a micro-unit counts as the fund's
    OR refund.fund_before_micros + refund.fund_micros <> div(
        2 * CAST(refund.before_micros + refund.amount_micros AS numeric) * earned.amount_micros + source.price, 2 * source.price);

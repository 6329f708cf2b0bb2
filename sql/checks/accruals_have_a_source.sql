-- sentence: Every accrual comes from a sale, deal, refund or share of the reserve that exists, in its currency and no larger than its amount.
SELECT accrual.id, accrual.source_kind, accrual.source_id, accrual.amount_micros
FROM fund_accrual AS accrual
LEFT JOIN license_sale AS sale ON accrual.source_kind = 'sale' AND sale.id = accrual.source_id
LEFT JOIN fund_deal AS deal ON accrual.source_kind = 'deal' AND deal.id = accrual.source_id
LEFT JOIN license_refund AS refund ON accrual.source_kind = 'refund' AND refund.id = accrual.source_id
LEFT JOIN fund_reserve_share AS share ON accrual.source_kind = 'reserve' AND share.id = accrual.source_id
WHERE coalesce(sale.currency, deal.currency, refund.currency, share.currency) IS DISTINCT FROM accrual.currency
    OR abs(accrual.amount_micros) > coalesce(sale.amount_micros, deal.amount_micros, refund.amount_micros, abs(share.amount_micros))
    OR refund.fund_micros <> -accrual.amount_micros;

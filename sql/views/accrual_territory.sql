-- From buyers of which country each accrual of the fund came (a refund: where its sale or deal did); ZZ where nobody
-- recorded it, and for a year's reserve, which came from many.
CREATE VIEW accrual_territory AS
SELECT accrual.id AS accrual_id, accrual.period, accrual.source_id,
    coalesce(sale.territory, deal.territory, 'ZZ') AS country
FROM fund_accrual AS accrual
LEFT JOIN fund_accrual AS origin ON origin.id = coalesce(accrual.reverses_id, accrual.id)
LEFT JOIN license_sale AS sale ON origin.source_kind = 'sale' AND sale.id = origin.source_id
LEFT JOIN fund_deal AS deal ON origin.source_kind = 'deal' AND deal.id = origin.source_id;

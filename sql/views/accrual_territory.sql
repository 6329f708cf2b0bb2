-- From buyers of which country each accrual of the fund came; ZZ where nobody recorded it.
CREATE VIEW accrual_territory AS
SELECT accrual.id AS accrual_id, accrual.period, accrual.source_id,
    coalesce(sale.territory, buyer.country, 'ZZ') AS country
FROM fund_accrual AS accrual
LEFT JOIN license_sale AS sale ON accrual.source_kind = 'sale' AND sale.id = accrual.source_id
LEFT JOIN fund_deal AS deal ON accrual.source_kind = 'deal' AND deal.id = accrual.source_id
LEFT JOIN party AS buyer ON buyer.id = deal.buyer_id;

-- One row a sale: who bought which picture, which release made it, what it cost, and what of that the fund got when.
CREATE VIEW sale_trace AS
SELECT
    sale.id AS sale_id,
    accrual.id AS accrual_id,
    sale.sold_at,
    buyer.handle AS buyer,
    sale.territory,
    sale.asset_id,
    asset.title AS prompt,
    accrual.release_id,
    sale.size,
    sale.tier,
    sale.price_book_version,
    sale.currency,
    sale.amount_micros AS price_micros,
    accrual.amount_micros AS fund_micros,
    sale.amount_micros - accrual.amount_micros AS house_micros,
    accrual.policy_version,
    accrual.period,
    period.state AS period_state
FROM license_sale AS sale
JOIN party AS buyer ON buyer.id = sale.buyer_id
JOIN asset ON asset.id = sale.asset_id
JOIN fund_accrual AS accrual ON accrual.source_kind = 'sale' AND accrual.source_id = sale.id
JOIN fund_period AS period ON period.id = accrual.period;

-- What stands on every account: positive is a debit balance, negative a credit balance.
CREATE OR REPLACE VIEW ledger_balances AS
SELECT account,
       split_part(account, ':', 1) AS family,
       split_part(account, ':', 2) AS owner,
       currency,
       sum(amount_micros)::bigint AS balance_micros,
       count(*) AS postings
FROM ledger_posting
GROUP BY account, currency;

-- sentence: What the closes put into the reserve is what the pools could not give to anybody.
WITH pooled AS (
    SELECT currency, sum(reserve_micros) AS micros FROM fund_pool GROUP BY currency
), booked AS (
    SELECT posting.currency, -sum(posting.amount_micros) AS micros
    FROM ledger_transaction AS transaction
    JOIN ledger_posting AS posting ON posting.transaction_id = transaction.id
    WHERE transaction.kind = 'period_close' AND posting.account = 'reserve:fund'
    GROUP BY posting.currency
)
SELECT currency, pooled.micros AS pooled_micros, booked.micros AS booked_micros
FROM pooled FULL JOIN booked USING (currency)
WHERE coalesce(pooled.micros, 0) <> coalesce(booked.micros, 0);

-- sentence: What was distributed of a year's reserve left it in the ledger, and accrued share by share in the fund of one month.
WITH share AS (
    SELECT 'reserve:' || share.year || ':' || share.currency AS key, share.currency,
        sum(share.amount_micros) AS micros, coalesce(sum(accrual.amount_micros), 0) AS accrued,
        count(DISTINCT accrual.period) AS months
    FROM fund_reserve_share AS share
    LEFT JOIN fund_accrual AS accrual ON accrual.source_kind = 'reserve' AND accrual.source_id = share.id
    GROUP BY 1, 2
), booked AS (
    SELECT transaction.key, posting.currency, sum(posting.amount_micros) AS micros
    FROM ledger_transaction AS transaction
    JOIN ledger_posting AS posting ON posting.transaction_id = transaction.id
    WHERE transaction.kind = 'reserve' AND posting.account = 'reserve:fund'
    GROUP BY 1, 2
)
SELECT key, currency, share.micros AS distributed_micros, share.accrued AS accrued_micros, booked.micros AS booked_micros
FROM share FULL JOIN booked USING (key, currency)
WHERE coalesce(share.micros, 0) <> coalesce(booked.micros, 0) OR share.accrued <> share.micros OR share.months <> 1;

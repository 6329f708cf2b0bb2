-- sentence: The triggers that keep the books append-only and balanced are in place and enabled.
SELECT wanted.relation, wanted.guard, coalesce(t.tgenabled::text, 'missing') AS state
FROM (VALUES
    ('ledger_transaction', 'append_only'), ('ledger_transaction', 'balanced'),
    ('ledger_posting', 'append_only'), ('ledger_posting', 'complete_and_balanced'),
    ('training_license', 'append_only')
) AS wanted (relation, guard)
LEFT JOIN pg_trigger AS t ON t.tgrelid = to_regclass(wanted.relation) AND t.tgname = wanted.guard
WHERE t.tgenabled IS NULL OR t.tgenabled NOT IN ('O', 'A')

-- What the database itself refuses, whoever asks: changes to the books, and books that do not balance.

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % is refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'restrict_violation', HINT = 'Book a correcting transaction instead.';
END $$;

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_transaction
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_posting
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON training_license
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- All postings of a transaction are written by one statement and numbered 1, 2, …: a later statement would have to use
-- number 1 again, which the primary key refuses. So nothing can ever be added to a transaction, and what one statement
-- wrote can be judged when it ends.
CREATE FUNCTION ledger_judge_postings() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    bad record;
BEGIN
    SELECT transaction_id, count(*) AS lines INTO bad FROM added GROUP BY transaction_id
    HAVING count(*) < 2 OR min(position) <> 1 OR max(position) <> count(*) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'the % posting(s) of % are not all of them: write postings 1, 2, … in one statement',
            bad.lines, bad.transaction_id USING ERRCODE = 'check_violation';
    END IF;
    SELECT transaction_id, currency, sum(amount_micros) AS surplus INTO bad FROM added
    GROUP BY transaction_id, currency HAVING sum(amount_micros) <> 0 LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'the postings of % sum to % micro-units of % instead of zero',
            bad.transaction_id, bad.surplus, bad.currency USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER complete_and_balanced AFTER INSERT ON ledger_posting REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_judge_postings();

-- At the commit: every transaction has postings, and they sum to zero in each currency.
CREATE FUNCTION ledger_judge_transaction() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    lines bigint;
    unbalanced bigint;
BEGIN
    SELECT coalesce(sum(n), 0), count(*) FILTER (WHERE surplus <> 0) INTO lines, unbalanced
    FROM (SELECT count(*) AS n, sum(amount_micros) AS surplus
          FROM ledger_posting WHERE transaction_id = NEW.id GROUP BY currency) AS per_currency;
    IF lines < 2 OR unbalanced > 0 THEN
        RAISE EXCEPTION 'the transaction % (%) has % posting(s) and % currency(ies) that do not sum to zero',
            NEW.key, NEW.id, lines, unbalanced USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER balanced AFTER INSERT ON ledger_transaction
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_judge_transaction();

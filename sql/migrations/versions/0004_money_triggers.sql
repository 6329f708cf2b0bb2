-- What the database itself refuses: changes to what money was decided by, and anything new in a closed period.
-- refuse_change() is from 0001_core.

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY[
        'license_price_book', 'license_sale', 'attribution_result', 'attribution_share', 'fund_policy', 'fund_deal',
        'fund_deal_work', 'fund_accrual', 'fund_pool', 'fund_inflow', 'fund_allocation', 'payout_policy', 'payout_hold',
        'payout', 'payout_attempt', 'payout_outcome', 'statement_issue'
    ] LOOP
        EXECUTE format(
            'CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON %I '
            'FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', name);
    END LOOP;
END $$;

-- A period changes once: from open to closed.
CREATE FUNCTION fund_judge_period() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.state = 'closed' OR NEW.id <> OLD.id THEN
        RAISE EXCEPTION 'the period % is %: % is refused', OLD.id, OLD.state, TG_OP
            USING ERRCODE = 'restrict_violation', HINT = 'Book a correction in the open period.';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER closes_once BEFORE UPDATE OR DELETE ON fund_period
    FOR EACH ROW EXECUTE FUNCTION fund_judge_period();

-- Accruals and pools come in while the period is open. The lock makes a close that runs at the same time wait.
CREATE FUNCTION fund_only_while_open() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    now_state text;
BEGIN
    SELECT state INTO now_state FROM fund_period WHERE id = NEW.period FOR SHARE;
    IF now_state = 'closed' THEN
        RAISE EXCEPTION 'the period % is closed: % takes nothing more for it', NEW.period, TG_TABLE_NAME
            USING ERRCODE = 'restrict_violation', HINT = 'Late income accrues in the open period.';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER only_while_open BEFORE INSERT ON fund_accrual
    FOR EACH ROW EXECUTE FUNCTION fund_only_while_open();
CREATE TRIGGER only_while_open BEFORE INSERT ON fund_pool
    FOR EACH ROW EXECUTE FUNCTION fund_only_while_open();

-- Inflows and allocations are many, so a whole statement of them is judged at once.
CREATE FUNCTION fund_allocate_only_while_open() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    late text;
BEGIN
    SELECT period.id INTO late
    FROM (SELECT DISTINCT pool_id FROM added) AS used
    JOIN fund_pool AS pool ON pool.id = used.pool_id
    JOIN fund_period AS period ON period.id = pool.period
    WHERE period.state = 'closed' LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'the period % is closed: its division is final', late
            USING ERRCODE = 'restrict_violation', HINT = 'Book a correction in the open period.';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER only_while_open AFTER INSERT ON fund_inflow REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION fund_allocate_only_while_open();
CREATE TRIGGER only_while_open AFTER INSERT ON fund_allocation REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION fund_allocate_only_while_open();

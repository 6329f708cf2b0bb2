-- What divides and proves a period in the database itself. refuse_change() is from 0001_core.

-- amount × share ÷ whole towards zero, where the product may not fit into a bigint: the whole parts and the rest are
-- multiplied apart. Both have the amount's sign, so nothing is rounded twice.
CREATE FUNCTION fund_part(amount bigint, share bigint, whole bigint) RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN amount / whole * share + amount % whole * share / whole;

-- The tree of a period is written while it is open, by its close, and never changes afterwards.
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON fund_proof_leaf
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON fund_proof_node
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE FUNCTION fund_prove_only_while_open() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    late text;
BEGIN
    SELECT period.id INTO late
    FROM (SELECT DISTINCT added.period FROM added) AS used
    JOIN fund_period AS period ON period.id = used.period
    WHERE period.state = 'closed' LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'the period % is closed: its proofs are final', late
            USING ERRCODE = 'restrict_violation', HINT = 'Book a correction in the open period.';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER only_while_open AFTER INSERT ON fund_proof_leaf REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION fund_prove_only_while_open();
CREATE TRIGGER only_while_open AFTER INSERT ON fund_proof_node REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION fund_prove_only_while_open();

-- Allocations are millions a month. Foreign keys would ask row by row, so a whole statement is judged at once, and the
-- keys are in the order in which statements are read and proved: the close appends to its end.
ALTER TABLE fund_allocation
    DROP CONSTRAINT fk_fund_allocation_pool_id,
    DROP CONSTRAINT fk_fund_allocation_contributor_id,
    DROP CONSTRAINT pk_fund_allocation,
    ALTER COLUMN contributor_id TYPE text COLLATE "C",
    ALTER COLUMN pool_id TYPE text COLLATE "C",
    ALTER COLUMN source_id TYPE text COLLATE "C",
    ALTER COLUMN work_sha256 TYPE char(64) COLLATE "C",
    ADD CONSTRAINT pk_fund_allocation PRIMARY KEY (contributor_id, pool_id, source_id, work_sha256);
DROP INDEX ix_fund_allocation_contributor_id_pool_id;
-- Lines of influence, which are many, are found by contributor: the shares of a picture name them.
CREATE INDEX ix_fund_allocation_pool_id ON fund_allocation (pool_id) WHERE share_ppb IS NULL;

DROP TRIGGER only_while_open ON fund_allocation;
CREATE FUNCTION fund_judge_allocations() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    bad record;
BEGIN
    SELECT used.pool_id, period.id AS period INTO bad
    FROM (SELECT DISTINCT pool_id FROM added) AS used
    LEFT JOIN fund_pool AS pool ON pool.id = used.pool_id
    LEFT JOIN fund_period AS period ON period.id = pool.period
    WHERE pool.id IS NULL OR period.state = 'closed' LIMIT 1;
    IF FOUND AND bad.period IS NULL THEN
        RAISE EXCEPTION 'there is no pool %', bad.pool_id USING ERRCODE = 'foreign_key_violation';
    ELSIF FOUND THEN
        RAISE EXCEPTION 'the period % is closed: its division is final', bad.period
            USING ERRCODE = 'restrict_violation', HINT = 'Book a correction in the open period.';
    END IF;
    SELECT used.contributor_id INTO bad
    FROM (SELECT DISTINCT contributor_id FROM added) AS used
    LEFT JOIN party ON party.id = used.contributor_id
    WHERE party.id IS NULL LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'there is no contributor %', bad.contributor_id USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER only_while_open AFTER INSERT ON fund_allocation REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION fund_judge_allocations();

-- The other half of the foreign key: pools are append-only, and whoever earned something stays.
CREATE FUNCTION fund_keep_contributor() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM fund_allocation WHERE contributor_id = OLD.id) THEN
        RAISE EXCEPTION 'the party % earned money: % is refused', OLD.id, TG_OP
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER keep_earner BEFORE DELETE OR UPDATE OF id ON party
    FOR EACH ROW EXECUTE FUNCTION fund_keep_contributor();

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

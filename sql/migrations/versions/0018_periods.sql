-- Allocations lie month by month. A close writes its lines into a table of their own, in the order of statements, builds the
-- index at the end, and only then makes the table a partition: half the work of putting millions of rows one by one into
-- indexes of all months. refuse_change() is from 0001_core.

ALTER TABLE fund_allocation RENAME TO fund_allocation_unparted;
ALTER TABLE fund_allocation_unparted
    DROP CONSTRAINT pk_fund_allocation, DROP CONSTRAINT ck_fund_allocation_not_zero;
DROP INDEX ix_fund_allocation_pool_id;

CREATE TABLE fund_allocation (
    period char(7) NOT NULL,
    contributor_id text COLLATE "C" NOT NULL,
    pool_id text COLLATE "C" NOT NULL,
    source_id text COLLATE "C" NOT NULL,
    work_sha256 char(64) COLLATE "C" NOT NULL,
    cluster text,
    cluster_contributors integer,
    contributor_works integer,
    share_ppb bigint,
    amount_micros bigint NOT NULL,
    CONSTRAINT ck_fund_allocation_not_zero CHECK (amount_micros <> 0)
) PARTITION BY LIST (period);
COMMENT ON COLUMN fund_allocation.period IS 'that the pool belongs to';
COMMENT ON COLUMN fund_allocation.source_id IS
    'the sale or refund for influence, the deal, the share of a year''s reserve, else the release';
COMMENT ON COLUMN fund_allocation.cluster IS 'null for influence';
COMMENT ON COLUMN fund_allocation.cluster_contributors IS 'who share the cluster''s part; null for influence';
COMMENT ON COLUMN fund_allocation.contributor_works IS 'works that share it again; null for influence';
COMMENT ON COLUMN fund_allocation.share_ppb IS 'of the picture, after the cap; null but for influence';
COMMENT ON COLUMN fund_allocation.amount_micros IS 'in 10^-6 of the pool''s currency; never 0';
CREATE INDEX ix_fund_allocation_contributor_id ON fund_allocation (contributor_id);
-- Lines of influence, which are many, are found by contributor: the shares of a picture name them.
CREATE INDEX ix_fund_allocation_pool_id ON fund_allocation (pool_id) WHERE share_ppb IS NULL;
CREATE TRIGGER append_only BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON fund_allocation
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- The one way in: judge the table that a close has written, and make it the month's partition. A month has one, so
-- nothing is ever added to it.
CREATE FUNCTION fund_attach_allocations(lines regclass, month text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    bad record;
BEGIN
    EXECUTE format(
        'SELECT used.pool_id, used.contributor_id, pool.id AS pool, period.id AS open_period, party.id AS party '
        'FROM (SELECT DISTINCT contributor_id, pool_id FROM %s) AS used '
        'LEFT JOIN fund_pool AS pool ON pool.id = used.pool_id AND pool.period = %L '
        'LEFT JOIN fund_period AS period ON period.id = pool.period AND period.state = ''open'' '
        'LEFT JOIN party ON party.id = used.contributor_id '
        'WHERE period.id IS NULL OR party.id IS NULL LIMIT 1', lines, month) INTO bad;
    IF bad.pool_id IS NOT NULL AND bad.pool IS NULL THEN
        RAISE EXCEPTION 'there is no pool % in %', bad.pool_id, month USING ERRCODE = 'foreign_key_violation';
    ELSIF bad.pool_id IS NOT NULL AND bad.open_period IS NULL THEN
        RAISE EXCEPTION 'the period % is closed: its division is final', month
            USING ERRCODE = 'restrict_violation', HINT = 'Book a correction in the open period.';
    ELSIF bad.pool_id IS NOT NULL THEN
        RAISE EXCEPTION 'there is no contributor %', bad.contributor_id USING ERRCODE = 'foreign_key_violation';
    END IF;
    EXECUTE format(
        'ALTER TABLE %s ALTER period SET NOT NULL, ALTER contributor_id SET NOT NULL, ALTER pool_id SET NOT NULL, '
        'ALTER source_id SET NOT NULL, ALTER work_sha256 SET NOT NULL, ALTER amount_micros SET NOT NULL, '
        'ADD CONSTRAINT ck_fund_allocation_not_zero CHECK (amount_micros <> 0), '
        'ADD CONSTRAINT of_its_period CHECK (period = %L)', lines, month);
    EXECUTE format('CREATE INDEX ON %s (contributor_id)', lines);
    EXECUTE format('ALTER TABLE fund_allocation ATTACH PARTITION %s FOR VALUES IN (%L)', lines, month);
    EXECUTE format('ALTER TABLE %s DROP CONSTRAINT of_its_period', lines);
    EXECUTE format(
        'CREATE TRIGGER append_only BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON %s '
        'FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', lines);
END $$;

-- Months that are closed already: as they lie, without being judged again.
DO $$
DECLARE
    month text;
    lines text;
BEGIN
    FOR month IN SELECT DISTINCT pool.period FROM fund_pool AS pool
        WHERE pool.id IN (SELECT pool_id FROM fund_allocation_unparted) ORDER BY 1
    LOOP
        lines := 'fund_allocation_' || replace(month, '-', '_');
        EXECUTE format('CREATE TABLE %I PARTITION OF fund_allocation FOR VALUES IN (%L)', lines, month);
        EXECUTE format(
            'INSERT INTO %I SELECT pool.period, line.contributor_id, line.pool_id, line.source_id, line.work_sha256, '
            'line.cluster, line.cluster_contributors, line.contributor_works, line.share_ppb, line.amount_micros '
            'FROM fund_allocation_unparted AS line JOIN fund_pool AS pool ON pool.id = line.pool_id WHERE pool.period = %L '
            'ORDER BY line.contributor_id, line.pool_id, line.source_id, line.work_sha256', lines, month);
        EXECUTE format(
            'CREATE TRIGGER append_only BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON %I '
            'FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', lines);
    END LOOP;
END $$;
DROP TABLE fund_allocation_unparted;
DROP FUNCTION fund_judge_allocations();

-- Money that goes back to buyers, and what decides how it is taken from the fund.

CREATE TABLE license_refund (
    id text NOT NULL,
    key text NOT NULL,
    sale_id text,
    deal_id text,
    kind text NOT NULL,
    amount_micros bigint NOT NULL,
    before_micros bigint NOT NULL,
    fund_micros bigint NOT NULL,
    fund_before_micros bigint NOT NULL,
    currency char(3) NOT NULL,
    reason text NOT NULL,
    refunded_at timestamptz NOT NULL,
    CONSTRAINT pk_license_refund PRIMARY KEY (id),
    CONSTRAINT uq_license_refund_key UNIQUE (key),
    CONSTRAINT uq_license_refund_sale_id_before_micros UNIQUE (sale_id, before_micros),
    CONSTRAINT uq_license_refund_deal_id_before_micros UNIQUE (deal_id, before_micros),
    CONSTRAINT fk_license_refund_sale_id FOREIGN KEY (sale_id) REFERENCES license_sale (id),
    CONSTRAINT fk_license_refund_deal_id FOREIGN KEY (deal_id) REFERENCES fund_deal (id),
    CONSTRAINT ck_license_refund_of_one_source CHECK (num_nonnulls(sale_id, deal_id) = 1),
    CONSTRAINT ck_license_refund_kind_known CHECK (kind IN ('refund', 'chargeback', 'cancellation')),
    CONSTRAINT ck_license_refund_amount_above_zero CHECK (amount_micros > 0 AND before_micros >= 0),
    CONSTRAINT ck_license_refund_part_of_amount CHECK (fund_micros BETWEEN 0 AND amount_micros),
    CONSTRAINT ck_license_refund_reason_given CHECK (reason <> '')
);
COMMENT ON COLUMN license_refund.key IS 'made by the caller; a repeated call refunds once';
COMMENT ON COLUMN license_refund.sale_id IS 'null for a deal';
COMMENT ON COLUMN license_refund.deal_id IS 'null for a sale';
COMMENT ON COLUMN license_refund.kind IS 'refund, chargeback or cancellation';
COMMENT ON COLUMN license_refund.amount_micros IS 'given back, in 10^-6 of the currency';
COMMENT ON COLUMN license_refund.before_micros IS 'given back before, in 10^-6 of the currency';
COMMENT ON COLUMN license_refund.fund_micros IS 'the fund''s part, in 10^-6 of the currency';
COMMENT ON COLUMN license_refund.fund_before_micros IS
    'the fund''s part of what was given back before, in 10^-6 of the currency';
COMMENT ON COLUMN license_refund.reason IS 'one line for people';

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON license_refund
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- The lock on the sale or deal makes a second refund of it wait, so that it sees the first one.
CREATE FUNCTION license_judge_refund() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    price bigint;
    priced_in char(3);
    given_back bigint;
BEGIN
    IF NEW.sale_id IS NOT NULL THEN
        SELECT amount_micros, currency INTO price, priced_in
        FROM license_sale WHERE id = NEW.sale_id FOR NO KEY UPDATE;
    ELSE
        SELECT amount_micros, currency INTO price, priced_in
        FROM fund_deal WHERE id = NEW.deal_id FOR NO KEY UPDATE;
    END IF;
    SELECT coalesce(sum(amount_micros), 0) INTO given_back
    FROM license_refund WHERE sale_id = NEW.sale_id OR deal_id = NEW.deal_id;
    IF NEW.currency <> priced_in OR NEW.before_micros <> given_back OR given_back + NEW.amount_micros > price THEN
        RAISE EXCEPTION 'the refund % of % % does not fit: % of a price of % % was given back before',
            NEW.id, NEW.amount_micros, NEW.currency, given_back, price, priced_in
            USING ERRCODE = 'check_violation', HINT = 'Refund at most what is left of the price.';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER within_price BEFORE INSERT ON license_refund
    FOR EACH ROW EXECUTE FUNCTION license_judge_refund();

-- A refund accrues with a negative amount, and remembers what it takes back.
ALTER TABLE fund_accrual
    ADD COLUMN reverses_id text,
    ADD COLUMN divided_in char(7),
    ADD CONSTRAINT fk_fund_accrual_reverses_id FOREIGN KEY (reverses_id) REFERENCES fund_accrual (id),
    ADD CONSTRAINT fk_fund_accrual_divided_in FOREIGN KEY (divided_in) REFERENCES fund_period (id),
    DROP CONSTRAINT ck_fund_accrual_source_known,
    ADD CONSTRAINT ck_fund_accrual_source_known CHECK (source_kind IN ('sale', 'deal', 'refund', 'reserve')),
    ADD CONSTRAINT ck_fund_accrual_refund_reverses CHECK ((source_kind = 'refund') = (reverses_id IS NOT NULL)),
    ADD CONSTRAINT ck_fund_accrual_only_refunds_look_back CHECK (divided_in IS NULL OR source_kind = 'refund'),
    ADD CONSTRAINT ck_fund_accrual_sign CHECK (CASE source_kind
        WHEN 'refund' THEN amount_micros <= 0 WHEN 'reserve' THEN true ELSE amount_micros >= 0 END);
CREATE INDEX ix_fund_accrual_reverses_id ON fund_accrual (reverses_id);
COMMENT ON COLUMN fund_accrual.source_kind IS 'sale, deal, refund or reserve';
COMMENT ON COLUMN fund_accrual.source_id IS
    'of license_sale, fund_deal, license_refund or fund_reserve_share';
COMMENT ON COLUMN fund_accrual.asset_id IS 'the picture sold or refunded; null for deal and reserve';
COMMENT ON COLUMN fund_accrual.amount_micros IS
    'the fund''s part, in 10^-6 of the currency; negative for a refund';
COMMENT ON COLUMN fund_accrual.accrued_at IS 'date of the sale, deal or refund';
COMMENT ON COLUMN fund_accrual.reverses_id IS 'for a refund: what the sale or deal had accrued';
COMMENT ON COLUMN fund_accrual.divided_in IS
    'for a refund: the earlier period that has the sale or deal; null where both count in one';

-- What an earlier period divided goes back by the rules and shares of that period.
ALTER TABLE fund_pool
    ADD COLUMN mirrors_id text,
    ADD CONSTRAINT fk_fund_pool_mirrors_id FOREIGN KEY (mirrors_id) REFERENCES fund_pool (id);
COMMENT ON COLUMN fund_pool.sources IS 'sales, deals and refunds that flowed into it';
COMMENT ON COLUMN fund_pool.mirrors_id IS 'for refunds: the earlier period''s pool from which they take back';

-- Prices agreed with one buyer.
CREATE TABLE license_agreement (
    id text NOT NULL,
    key text NOT NULL,
    buyer_id text NOT NULL,
    version integer NOT NULL,
    currency char(3) NOT NULL,
    tiers jsonb NOT NULL,
    valid_from timestamptz NOT NULL,
    valid_until timestamptz,
    agreed_at timestamptz NOT NULL,
    CONSTRAINT pk_license_agreement PRIMARY KEY (id),
    CONSTRAINT uq_license_agreement_key UNIQUE (key),
    CONSTRAINT uq_license_agreement_buyer_id_currency_version UNIQUE (buyer_id, currency, version),
    CONSTRAINT fk_license_agreement_buyer_id FOREIGN KEY (buyer_id) REFERENCES party (id),
    CONSTRAINT ck_license_agreement_ends_after_it_begins CHECK (valid_until > valid_from),
    CONSTRAINT ck_license_agreement_version_above_zero CHECK (version > 0)
);
COMMENT ON COLUMN license_agreement.key IS 'made by the caller; a repeated call agrees once';
COMMENT ON COLUMN license_agreement.version IS '1, 2, … for each buyer and currency';
COMMENT ON COLUMN license_agreement.tiers IS
    'from_quantity, prices by size in 10^-6 of the currency, discount_ppm off the list';
COMMENT ON COLUMN license_agreement.valid_until IS 'exclusive; null: without end';
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON license_agreement
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

ALTER TABLE license_sale
    ADD COLUMN agreement_id text,
    ADD CONSTRAINT fk_license_sale_agreement_id FOREIGN KEY (agreement_id) REFERENCES license_agreement (id),
    ADD CONSTRAINT ck_license_sale_territory_is_a_code CHECK (territory ~ '^[A-Z]{2}$');
COMMENT ON COLUMN license_sale.territory IS 'tax country of the buyer, ISO 3166-1 alpha-2';
COMMENT ON COLUMN license_sale.agreement_id IS 'that priced it; null: the price book alone';

-- A deal's terms. Deals from before: the policy's share, the buyer's country (ZZ: not recorded), without end.
ALTER TABLE fund_deal
    ADD COLUMN fund_share_ppm integer,
    ADD COLUMN territory char(2),
    ADD COLUMN term_from date,
    ADD COLUMN term_until date;
ALTER TABLE fund_deal DISABLE TRIGGER append_only;
UPDATE fund_deal AS deal SET
    fund_share_ppm = round(fund_micros::numeric * 1000000 / amount_micros),
    territory = coalesce(upper(party.country), 'ZZ'),
    term_from = (booked_at AT TIME ZONE 'UTC')::date
FROM party WHERE party.id = deal.buyer_id;
ALTER TABLE fund_deal ENABLE TRIGGER append_only;
ALTER TABLE fund_deal
    ALTER COLUMN fund_share_ppm SET NOT NULL,
    ALTER COLUMN territory SET NOT NULL,
    ALTER COLUMN term_from SET NOT NULL,
    ADD CONSTRAINT ck_fund_deal_share_is_a_part CHECK (fund_share_ppm BETWEEN 0 AND 1000000),
    ADD CONSTRAINT ck_fund_deal_territory_is_a_code CHECK (territory ~ '^[A-Z]{2}$'),
    ADD CONSTRAINT ck_fund_deal_ends_after_it_begins CHECK (term_until >= term_from);
COMMENT ON COLUMN fund_deal.fund_share_ppm IS 'of the price for the contributors, in 10^-6: its own or the policy''s';
COMMENT ON COLUMN fund_deal.territory IS 'tax country of the buyer, ISO 3166-1 alpha-2';
COMMENT ON COLUMN fund_deal.term_from IS 'first day of the license';
COMMENT ON COLUMN fund_deal.term_until IS 'last day; null: without end';

-- The reserve of a year, given to the contributors by the floor rule over works that are frozen with it.
CREATE TABLE fund_reserve_share (
    id text NOT NULL,
    year integer NOT NULL,
    currency char(3) NOT NULL,
    release_id text,
    amount_micros bigint NOT NULL,
    distributed_at timestamptz NOT NULL,
    CONSTRAINT pk_fund_reserve_share PRIMARY KEY (id),
    CONSTRAINT uq_fund_reserve_share_year_currency_release_id UNIQUE NULLS NOT DISTINCT (year, currency, release_id),
    CONSTRAINT fk_fund_reserve_share_release_id FOREIGN KEY (release_id) REFERENCES model_release (id),
    CONSTRAINT ck_fund_reserve_share_not_zero CHECK (amount_micros <> 0)
);
COMMENT ON COLUMN fund_reserve_share.year IS 'whose months left it, with what earlier years left over';
COMMENT ON COLUMN fund_reserve_share.release_id IS 'whose works share it; null: those of all releases of the year';
COMMENT ON COLUMN fund_reserve_share.amount_micros IS
    'in 10^-6 of the currency; negative where refunds took back more than came in';

CREATE TABLE fund_reserve_work (
    share_id text NOT NULL,
    work_sha256 char(64) NOT NULL,
    contributor_id text NOT NULL,
    cluster text NOT NULL,
    CONSTRAINT pk_fund_reserve_work PRIMARY KEY (share_id, work_sha256),
    CONSTRAINT fk_fund_reserve_work_share_id FOREIGN KEY (share_id) REFERENCES fund_reserve_share (id),
    CONSTRAINT fk_fund_reserve_work_contributor_id FOREIGN KEY (contributor_id) REFERENCES party (id)
);
COMMENT ON COLUMN fund_reserve_work.cluster IS 'near-duplicates share it and have one vote together';

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON fund_reserve_share
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON fund_reserve_work
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

ALTER TABLE fund_pool
    DROP CONSTRAINT ck_fund_pool_part_known,
    ADD CONSTRAINT ck_fund_pool_part_known CHECK (part IN ('floor', 'influence', 'deal', 'reserve'));
COMMENT ON COLUMN fund_pool.part IS 'floor, influence, deal or reserve';
COMMENT ON COLUMN fund_allocation.source_id IS
    'the sale or refund for influence, the deal, the share of a year''s reserve, else the release';

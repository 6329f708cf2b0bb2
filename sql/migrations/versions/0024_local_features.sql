-- Local features of pictures (corners and spots, each with a short description), and the words by which they are found: one
-- small row for each word of each picture, in an index that gives the pictures of a word without a look at the table. The
-- database itself keeps those rows in step with the words of the picture, so that no writer can forget one.

CREATE FUNCTION keep_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP IN ('UPDATE', 'DELETE') THEN
        EXECUTE format(
            'DELETE FROM %I AS kept USING before WHERE kept.word = ANY (before.words) AND kept.work = before.number',
            TG_ARGV[0]);
    END IF;
    IF TG_OP IN ('INSERT', 'UPDATE') THEN
        EXECUTE format(
            'INSERT INTO %I (word, work) SELECT DISTINCT named.word, after.number '
            'FROM after CROSS JOIN unnest(after.words) AS named(word) ORDER BY 1, 2', TG_ARGV[0]);
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER keep_words_of_new AFTER INSERT ON asset_local REFERENCING NEW TABLE AS after
    FOR EACH STATEMENT EXECUTE FUNCTION keep_words('asset_local_word');
CREATE TRIGGER keep_words_of_changed AFTER UPDATE ON asset_local REFERENCING OLD TABLE AS before NEW TABLE AS after
    FOR EACH STATEMENT EXECUTE FUNCTION keep_words('asset_local_word');
CREATE TRIGGER keep_words_of_gone AFTER DELETE ON asset_local REFERENCING OLD TABLE AS before
    FOR EACH STATEMENT EXECUTE FUNCTION keep_words('asset_local_word');

CREATE TRIGGER keep_words_of_new AFTER INSERT ON optout_local REFERENCING NEW TABLE AS after
    FOR EACH STATEMENT EXECUTE FUNCTION keep_words('optout_local_word');
CREATE TRIGGER keep_words_of_changed AFTER UPDATE ON optout_local REFERENCING OLD TABLE AS before NEW TABLE AS after
    FOR EACH STATEMENT EXECUTE FUNCTION keep_words('optout_local_word');
CREATE TRIGGER keep_words_of_gone AFTER DELETE ON optout_local REFERENCING OLD TABLE AS before
    FOR EACH STATEMENT EXECUTE FUNCTION keep_words('optout_local_word');

-- Random bytes are not worth compressing.
ALTER TABLE asset_local ALTER COLUMN features SET STORAGE EXTERNAL;
ALTER TABLE optout_local ALTER COLUMN features SET STORAGE EXTERNAL;
ALTER TABLE upload_traits ALTER COLUMN local_features SET STORAGE EXTERNAL;

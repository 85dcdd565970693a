using CsCheck;
using InferenceMeter.Pricing;
using InferenceMeter.Pricing.Book;

namespace InferenceMeter.Tests.Pricing.Book;

public sealed class PriceFileTests
{
    private static readonly DateOnly Today = new(2026, 11, 23);

    [Fact]
    public void A_row_needs_a_name_a_day_and_an_amount()
    {
        var row = Assert.Single(PriceFile.ParseCsv("instance,usd,as_of\nrig,0.42,2026-01-31\n", "mine.csv", Today));

        Assert.Equal(
            ("", "rig", "", PurchaseOption.OnDemand, 0.42m, "mine.csv"),
            (row.Cloud, row.Instance, row.Region, row.Purchase, row.PerHour.Usd, row.Source)
        );
    }

    [Fact]
    public void Quotes_carriage_returns_a_byte_order_mark_comments_and_blank_lines_are_read()
    {
        var row = Assert.Single(
            PriceFile.ParseCsv(
                "\uFEFF# mine\r\ninstance,gpu,usd,as_of\r\n\r\n\"a,b \"\"c\"\"\",\"T4, or so\",1,2026-01-31",
                "mine.csv",
                Today
            )
        );

        Assert.Equal(("a,b \"c\"", "T4, or so"), (row.Instance, row.Gpu));
    }

    [Fact]
    public void Json_has_the_same_names_in_either_spelling()
    {
        var rows = PriceFile.ParseJson(
            """
            [
              {"instance": "a", "usd": 1.5, "asOf": "2026-01-31", "gpus": 1},
              {"instance": "b", "amount": 730, "currency": "eur", "usd_per_unit": 1.1, "per": "month",
               "as_of": "2026-01-31"}
            ]
            """,
            "mine.json",
            Today
        );

        Assert.Equal([1.5m, 1.1m], rows.Select(row => row.PerHour.Usd));
        Assert.Equal(new CurrencyRate("EUR", 1.1m, new DateOnly(2026, 1, 31)), rows[1].Rate);
    }

    [Theory]
    [InlineData("instance,usd,as_of\nrig,,2026-01-31", "line 2 has no price")]
    [InlineData("instance,usd,as_of\n,1,2026-01-31", "line 2 has no instance")]
    [InlineData("instance,usd,as_of\nrig,one,2026-01-31", "has usd 'one'; give a number above 0")]
    [InlineData("instance,usd,as_of\nrig,-1,2026-01-31", "has usd '-1'")]
    [InlineData("instance,usd,as_of\nrig,1,31.01.2026", "has as_of '31.01.2026'; give the day")]
    [InlineData("instance,usd,as_of\nrig,1,2026-11-24", "which is still to come")]
    [InlineData("instance,usd,as_of\nrig,2000000,2026-01-31", "comes to 2000000 USD/hour")]
    [InlineData("instance,usd,as_of\nrig,1", "line 2 has 2 fields, the header has 3")]
    [InlineData(
        "instance,usd,as_of,purchase\nrig,1,2026-01-31,cheap",
        "accepted: on_demand, spot, reserved_1y, reserved_3y"
    )]
    [InlineData("instance,usd,as_of,per\nrig,1,2026-01-31,day", "accepted: hour, month, gpu_hour, gpu_month")]
    [InlineData("instance,usd,as_of,gpus\nrig,1,2026-01-31,8", "does not say whether its price is for one or for all")]
    [InlineData("instance,usd,as_of,gpus\nrig,1,2026-01-31,many", "has gpus 'many'; give a whole number")]
    [InlineData("instance,usd,as_of,currency\nrig,1,2026-01-31,EUR", "give the one or the others")]
    [InlineData("instance,amount,as_of\nrig,1,2026-01-31", "without a currency of three letters")]
    [InlineData("instance,amount,as_of,currency\nrig,1,2026-01-31,EUR", "and its usd_per_unit")]
    [InlineData("name,usd,as_of\nrig,1,2026-01-31", "has the column 'name'; known are")]
    [InlineData(
        "instance,usd,as_of\nrig,1,2026-01-31\nRIG,2,2026-01-31",
        "line 3 gives the price of RIG on_demand once more, after line 2"
    )]
    [InlineData("", "mine.csv is empty")]
    public void A_row_that_cannot_be_used_is_named_with_what_would_mend_it(string text, string expected) =>
        Assert.Contains(
            expected,
            Assert.Throws<PriceException>(() => PriceFile.ParseCsv(text, "mine.csv", Today)).Message,
            StringComparison.Ordinal
        );

    [Theory]
    [InlineData("{}", "line 1 begins no array")]
    [InlineData("[\n1]", "line 2 has an item that is no object")]
    [InlineData("[\n{\"name\": 1}]", "line 2 has 'name'")]
    [InlineData("[", "line 1 is no JSON")]
    public void Json_that_cannot_be_used_is_told_like_wise(string text, string expected) =>
        Assert.Contains(
            expected,
            Assert.Throws<PriceException>(() => PriceFile.ParseJson(text, "mine.json", Today)).Message,
            StringComparison.Ordinal
        );

    /// <summary>A file that a lenient reader would make some price of.</summary>
    [Theory]
    [InlineData(
        "an unclosed quote",
        "instance,usd,as_of,source\n\"rig,1.92,2026-01-31,a\nother,1,2026-01-31,b",
        "line 2 opens a quote"
    )]
    [InlineData(
        "two unclosed quotes",
        "instance,usd,as_of,source\n\"rig,1.92,2026-01-31,a\nother,1,2026-01-31,\"b",
        "line 2 opens a quote"
    )]
    [InlineData(
        "a quote over two lines",
        "instance,usd,as_of,source\nrig,1.92,2026-01-31,\"a\nb\"",
        "line 2 opens a quote"
    )]
    [InlineData(
        "a quote in the middle",
        "instance,usd,as_of\nrig\"s,1,2026-01-31",
        "line 2 has a quote in the middle of field 1"
    )]
    [InlineData(
        "text after a quote",
        "instance,usd,as_of\n\"rig\"s,1,2026-01-31",
        "line 2 goes on after the closing quote"
    )]
    [InlineData("a column too many", "instance,usd,as_of\nrig,1,2026-01-31,", "line 2 has 4 fields, the header has 3")]
    [InlineData("a decimal comma", "instance,usd,as_of\nrig,1,92,2026-01-31", "line 2 has 4 fields, the header has 3")]
    [InlineData("a column twice", "instance,usd,usd,as_of\nrig,1,2,2026-01-31", "line 1 has the column 'usd' 2 times")]
    [InlineData("an empty column", "instance,usd,as_of,\nrig,1,2026-01-31,", "line 1 has the column ''")]
    [InlineData(
        "a row twice",
        "instance,usd,as_of\nrig,1,2026-01-31\n\nrig,1,2026-01-31",
        "line 4 gives the price of rig on_demand once more"
    )]
    [InlineData(
        "two prices",
        "instance,usd,as_of\nrig,1,2026-01-31\nRIG,2,2026-02-01",
        "line 3 gives the price of RIG on_demand once more"
    )]
    [InlineData("no number", "instance,usd,as_of\nrig,NaN,2026-01-31", "line 2 has usd 'NaN'")]
    [InlineData("no finite number", "instance,usd,as_of\nrig,Infinity,2026-01-31", "line 2 has usd 'Infinity'")]
    [InlineData("nothing", "instance,usd,as_of\nrig,0,2026-01-31", "line 2 has usd '0'")]
    [InlineData("a debt", "instance,usd,as_of\nrig,-0.42,2026-01-31", "line 2 has usd '-0.42'")]
    [InlineData("an unknown unit", "instance,usd,as_of,per\nrig,1,2026-01-31,week", "line 2 has per 'week'")]
    [InlineData("no such day", "instance,usd,as_of\nrig,1,2026-02-30", "line 2 has as_of '2026-02-30'")]
    [InlineData("a day of another form", "instance,usd,as_of\nrig,1,01/31/2026", "line 2 has as_of '01/31/2026'")]
    [InlineData(
        "a GPU's price without GPUs",
        "instance,usd,as_of,per\nrig,1,2026-01-31,gpu_hour",
        "line 2 has per gpu_hour and no gpus"
    )]
    [InlineData(
        "a GPU that is none",
        "instance,usd,as_of,gpus,gpu\nrig,1,2026-01-31,0,T4",
        "line 2 has the gpu 'T4' and gpus 0"
    )]
    [InlineData(
        "a dollar of 1.1 dollars",
        "instance,amount,as_of,currency,usd_per_unit\nrig,1,2026-01-31,USD,1.1",
        "line 2 has currency USD and usd_per_unit 1.1"
    )]
    [InlineData("a control character", "instance,usd,as_of\nr\0ig,1,2026-01-31", "line 2 has a control character")]
    [InlineData("old Macintosh lines", "instance,usd,as_of\rrig,1,2026-01-31", "line 1 has a control character")]
    public void Malformed_csv_is_refused_with_file_and_line(string kind, string text, string expected) =>
        Assert.True(
            Assert
                .Throws<PriceException>(() => PriceFile.ParseCsv(text, "mine.csv", Today))
                .Message.StartsWith($"mine.csv: {expected}", StringComparison.Ordinal),
            kind
        );

    [Theory]
    [InlineData(
        "a name twice",
        "[{\"instance\": \"rig\", \"usd\": 1,\n\"usd\": 2, \"as_of\": \"2026-01-31\"}]",
        "line 1 has 'usd' twice (again on line 2)"
    )]
    [InlineData(
        "a name in two spellings",
        "[{\"instance\": \"rig\", \"usd\": 1, \"as_of\": \"2026-01-31\", \"asOf\": \"2026-02-01\"}]",
        "line 1 has 'asOf' twice"
    )]
    [InlineData("something after the end", "[]\n[]", "line 2 is no JSON")]
    [InlineData(
        "a comma too many",
        "[{\"instance\": \"rig\", \"usd\": 1, \"as_of\": \"2026-01-31\"},\n]",
        "line 2 is no JSON"
    )]
    [InlineData("a comment", "[\n// mine\n]", "line 2 is no JSON")]
    [InlineData("an unclosed text", "[{\"instance\": \"rig,\n \"usd\": 1}]", "line 1 is no JSON")]
    [InlineData("an unclosed object", "[\n{\"instance\": \"rig\"", "line 2 is no JSON")]
    [InlineData("NaN", "[\n{\"instance\": \"rig\", \"usd\": NaN}]", "line 2 is no JSON")]
    [InlineData(
        "a list for a price",
        "[\n{\"instance\": \"rig\", \"usd\": [1, 2], \"as_of\": \"2026-01-31\"}]",
        "line 2 has a 'usd' that is no text and no number"
    )]
    [InlineData(
        "true for a price",
        "[\n{\"instance\": \"rig\", \"usd\": true, \"as_of\": \"2026-01-31\"}]",
        "line 2 has a 'usd' that is no text and no number"
    )]
    [InlineData(
        "a huge price",
        "[\n{\"instance\": \"rig\", \"usd\": 1e400, \"as_of\": \"2026-01-31\"}]",
        "line 2 has usd '1e400'"
    )]
    [InlineData("a debt", "[\n{\"instance\": \"rig\", \"usd\": -1, \"as_of\": \"2026-01-31\"}]", "line 2 has usd '-1'")]
    [InlineData(
        "two prices",
        "[{\"instance\": \"rig\", \"usd\": 1, \"as_of\": \"2026-01-31\"},\n{\"instance\": \"rig\", "
            + "\"usd\": 2, \"as_of\": \"2026-01-31\"}]",
        "line 2 gives the price of rig on_demand once more, after line 1"
    )]
    [InlineData("nothing at all", "", "line 1 is no JSON")]
    public void Malformed_json_is_refused_with_file_and_line(string kind, string text, string expected) =>
        Assert.True(
            Assert
                .Throws<PriceException>(() => PriceFile.ParseJson(text, "mine.json", Today))
                .Message.StartsWith($"mine.json: {expected}", StringComparison.Ordinal),
            kind
        );

    [Theory]
    [InlineData(
        "bad.csv",
        "696e7374616e63652c7573642c61735f6f660a72e467",
        "bad.csv: line 2 is no UTF-8; save the file as UTF-8"
    )]
    [InlineData("bad.json", "5b0a0affff", "bad.json: line 3 is no UTF-8; save the file as UTF-8")]
    [InlineData("wide.csv", "fffe69006e00", "wide.csv: line 1 begins as UTF-16; save the file as UTF-8")]
    public void Text_that_is_no_utf8_is_refused_with_file_and_line(string file, string hex, string expected)
    {
        using var folder = new Models.TemporaryDirectory();
        var path = folder.File(file);
        File.WriteAllBytes(path, Convert.FromHexString(hex));

        Assert.Equal(expected, Assert.Throws<PriceException>(() => PriceFile.ReadUser(path, Today)).Message);
    }

    [Fact]
    public void A_quote_that_is_lost_anywhere_never_makes_another_price()
    {
        const string Text = "instance,usd,as_of,source\n\"rig\",1,2026-01-31,\"a\"\n\"other\",2,2026-01-31,\"b\"\n";
        var quotes = Enumerable.Range(0, Text.Length).Where(at => Text[at] == '"');

        Assert.All(
            quotes,
            at => Assert.Throws<PriceException>(() => PriceFile.ParseCsv(Text.Remove(at, 1), "mine.csv", Today))
        );
    }

    [Fact]
    public void Of_many_errors_the_first_are_told()
    {
        var text = "instance,usd,as_of\n" + string.Concat(Enumerable.Repeat("rig,0,2026-01-31\n", 9));

        var message = Assert.Throws<PriceException>(() => PriceFile.ParseCsv(text, "mine.csv", Today)).Message;

        Assert.EndsWith("and 4 more", message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
    }

    [Fact]
    public void A_file_that_is_not_there_is_told_in_a_line() =>
        Assert.Contains(
            "cannot be read",
            Assert.Throws<PriceException>(() => PriceFile.ReadUser("/nowhere/UserPrices.csv", Today)).Message,
            StringComparison.Ordinal
        );

    [Fact]
    public void A_month_of_all_gpus_and_an_hour_of_one_come_to_the_same_machine() =>
        Gen.Select(Gen.Int[1, 16], Gen.Int[1, 100_000])
            .Sample(
                (gpus, cents) =>
                {
                    var hourly = cents / 100m;
                    var rows = PriceFile.ParseCsv(
                        $"""
                        instance,usd,as_of,per,gpus
                        one,{hourly},2026-01-31,gpu_hour,{gpus}
                        all,{hourly * gpus},2026-01-31,hour,{gpus}
                        month,{hourly * gpus * 730},2026-01-31,month,{gpus}
                        gpumonth,{hourly * 730},2026-01-31,gpu_month,{gpus}

                        """,
                        "mine.csv",
                        Today
                    );

                    Assert.All(rows, row => Assert.Equal((double)(hourly * gpus), (double)row.PerHour.Usd, 1e-9));
                }
            );
}

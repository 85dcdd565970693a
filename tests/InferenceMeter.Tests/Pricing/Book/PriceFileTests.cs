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
                "\uFEFF# mine\r\ninstance,gpu,usd,as_of\r\n\r\n\"a,b \"\"c\"\"\",\"T4\nor so\",1,2026-01-31",
                "mine.csv",
                Today
            )
        );

        Assert.Equal(("a,b \"c\"", "T4\nor so"), (row.Instance, row.Gpu));
    }

    [Fact]
    public void Json_has_the_same_names_in_either_spelling()
    {
        var rows = PriceFile.ParseJson(
            """[{"instance": "a", "usd": 1.5, "asOf": "2026-01-31", "gpus": 1}, {"instance": "b", "amount": 730, "currency": "eur", "usd_per_unit": 1.1, "per": "month", "as_of": "2026-01-31"},]""",
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
        "line 3 gives the price of RIG  on_demand once more, after line 2"
    )]
    [InlineData("", "mine.csv is empty")]
    public void A_row_that_cannot_be_used_is_named_with_what_would_mend_it(string text, string expected) =>
        Assert.Contains(
            expected,
            Assert.Throws<PriceException>(() => PriceFile.ParseCsv(text, "mine.csv", Today)).Message,
            StringComparison.Ordinal
        );

    [Theory]
    [InlineData("{}", "is no array")]
    [InlineData("[1]", "item 1 is no object")]
    [InlineData("[{\"name\": 1}]", "item 1 has 'name'")]
    [InlineData("[", "is no JSON")]
    public void Json_that_cannot_be_used_is_told_like_wise(string text, string expected) =>
        Assert.Contains(
            expected,
            Assert.Throws<PriceException>(() => PriceFile.ParseJson(text, "mine.json", Today)).Message,
            StringComparison.Ordinal
        );

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
                        $"instance,usd,as_of,per,gpus\none,{hourly},2026-01-31,gpu_hour,{gpus}\nall,{hourly * gpus},2026-01-31,hour,{gpus}\nmonth,{hourly * gpus * 730},2026-01-31,month,{gpus}\ngpumonth,{hourly * 730},2026-01-31,gpu_month,{gpus}\n",
                        "mine.csv",
                        Today
                    );

                    Assert.All(rows, row => Assert.Equal((double)(hourly * gpus), (double)row.PerHour.Usd, 1e-9));
                }
            );
}

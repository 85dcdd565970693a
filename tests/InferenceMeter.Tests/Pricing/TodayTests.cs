using InferenceMeter.Pricing;
using InferenceMeter.Pricing.Book;
using Microsoft.Extensions.Time.Testing;

namespace InferenceMeter.Tests.Pricing;

public sealed class TodayTests
{
    // 08:00 on the 26th in Tokyo, 18:00 on the 25th in New York.
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 25, 23, 0, 0, TimeSpan.Zero));

    [Theory]
    [InlineData(9, 26)]
    [InlineData(0, 25)]
    [InlineData(-5, 25)]
    public void The_latest_today_is_that_of_here_or_of_utc(int hoursEast, int day)
    {
        _time.SetLocalTimeZone(
            TimeZoneInfo.CreateCustomTimeZone("here", TimeSpan.FromHours(hoursEast), "here", "here")
        );

        Assert.Equal(new DateOnly(2026, 11, day), Today.Latest(_time));
        Assert.Equal(new DateOnly(2026, 11, 25), Today.Utc(_time));
    }

    [Fact]
    public void A_price_of_this_morning_in_tokyo_is_none_that_is_still_to_come()
    {
        _time.SetLocalTimeZone(TimeZoneInfo.CreateCustomTimeZone("Tokyo", TimeSpan.FromHours(9), "Tokyo", "Tokyo"));

        var row = Assert.Single(
            PriceFile.ParseCsv("instance,usd,as_of\nrig,1,2026-11-26", "mine.csv", Today.Latest(_time))
        );

        Assert.Equal(0, PriceBook.ToPrice(row).AgeDays(Today.Utc(_time)));
        Assert.Throws<PriceException>(() =>
            PriceFile.ParseCsv("instance,usd,as_of\nrig,1,2026-11-27", "mine.csv", Today.Latest(_time))
        );
    }

    [Fact]
    public void The_age_of_a_price_is_that_of_the_older_of_its_date_and_its_exchange_rate()
    {
        var price = Price.Assumed(new DateOnly(2026, 11, 25)) with
        {
            Rate = new CurrencyRate("EUR", 1.1m, new DateOnly(2020, 1, 1)),
        };

        Assert.Equal((new DateOnly(2020, 1, 1), 2520), (price.OldestDate, price.AgeDays(new DateOnly(2026, 11, 25))));
    }
}

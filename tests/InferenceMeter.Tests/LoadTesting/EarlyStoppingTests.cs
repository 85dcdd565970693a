using CsCheck;
using InferenceMeter.LoadTesting;

namespace InferenceMeter.Tests.LoadTesting;

public sealed class EarlyStoppingTests
{
    /// <summary>LoadGen's published thresholds at 99 % confidence.</summary>
    [Theory]
    [InlineData(0, 0.99, 459)]
    [InlineData(1, 0.99, 662)]
    [InlineData(0, 0.90, 44)]
    [InlineData(1, 0.90, 64)]
    public void Fewest_queries(long late, double percentile, long queries)
    {
        Assert.Equal(queries, EarlyStopping.QueriesNeeded(late, percentile));
        Assert.True(EarlyStopping.Passes(queries, late, percentile));
        Assert.False(EarlyStopping.Passes(queries - 1, late, percentile));
    }

    [Fact]
    public void It_agrees_with_the_sum_of_the_binomial_distribution() =>
        Gen.Select(Gen.Int[1, 400], Gen.Double[0.5, 0.99])
            .Sample(
                (queries, percentile) =>
                {
                    var (p, cumulative, term) = (1 - percentile, 0.0, Math.Pow(percentile, queries));
                    for (var late = 0; late < queries; late++)
                    {
                        cumulative += term;
                        if (Math.Abs(cumulative - 0.01) > 1e-9)
                            Assert.Equal(cumulative <= 0.01, EarlyStopping.Passes(queries, late, percentile));
                        term *= p / (1 - p) * (queries - late) / (late + 1);
                    }
                }
            );

    [Fact]
    public void The_fewest_queries_are_the_first_that_pass_and_more_than_the_late_ones_share() =>
        Gen.Select(Gen.Long[0, 3000], Gen.Bool.Select(high => high ? 0.99 : 0.9))
            .Sample(
                (late, percentile) =>
                {
                    var needed = EarlyStopping.QueriesNeeded(late, percentile);

                    Assert.True(EarlyStopping.Passes(needed, late, percentile));
                    Assert.False(EarlyStopping.Passes(needed - 1, late, percentile));
                    Assert.False(EarlyStopping.Passes(needed, late + 1, percentile));
                    Assert.True(needed * (1 - percentile) > late);
                },
                iter: 200
            );

    [Fact]
    public void All_late_is_never_passed() => Assert.False(EarlyStopping.Passes(10, 10, 0.99));
}

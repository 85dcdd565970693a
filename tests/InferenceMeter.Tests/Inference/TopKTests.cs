using CsCheck;
using InferenceMeter.Inference;

namespace InferenceMeter.Tests.Inference;

public sealed class TopKTests
{
    [Fact]
    public void It_gives_what_sorting_and_softmax_give() =>
        // Few distinct values, so that ties are common; lengths around the vector sizes.
        Gen.Select(Gen.Int[-40, 40].Select(value => value / 4f).Array[1, 700], Gen.Int[1, TopK.Max]).Sample((scores, room) =>
        {
            Span<ScoredClass> top = new ScoredClass[room];
            var count = TopK.Select(scores, probabilities: false, top);

            var sum = scores.Sum(score => Math.Exp(score - (double)scores.Max()));
            var expected = scores.Select((score, index) => (score, index)).OrderByDescending(entry => entry.score).ThenBy(entry => entry.index).Take(room).ToList();
            Assert.Equal(expected.Count, count);
            for (var i = 0; i < count; i++)
            {
                Assert.Equal(expected[i].index, top[i].Index);
                Assert.Equal(Math.Exp(expected[i].score - (double)scores.Max()) / sum, top[i].Probability, 1e-5);
            }
        });

    [Fact]
    public void Probabilities_are_given_as_they_are()
    {
        var top = new ScoredClass[2];

        Assert.Equal(2, TopK.Select([0.1f, 0.7f, 0.2f], probabilities: true, top));
        Assert.Equal([new ScoredClass(1, 0.7f), new ScoredClass(2, 0.2f)], top);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void Scores_that_are_not_finite_give_no_answer(float bad)
    {
        for (var at = 0; at < 37; at++)
        {
            var scores = new float[37];
            scores[at] = bad;
            Assert.Equal(0, TopK.Select(scores, probabilities: false, new ScoredClass[5]));
        }
    }

    [Fact]
    public void Huge_logits_do_not_overflow()
    {
        var top = new ScoredClass[1];
        TopK.Select([1e30f, -1e30f, 0], probabilities: false, top);
        Assert.Equal(new ScoredClass(0, 1), top[0]);
    }

    [Fact]
    public void It_allocates_nothing()
    {
        var (scores, top) = (new float[1000], new ScoredClass[5]);
        TopK.Select(scores, probabilities: false, top);
        var before = GC.GetAllocatedBytesForCurrentThread();

        for (var i = 0; i < 100; i++) TopK.Select(scores, probabilities: false, top);

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Fact]
    public void More_than_it_can_give_is_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => TopK.Select(new float[20], probabilities: false, new ScoredClass[11]));
}

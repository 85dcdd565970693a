using InferenceMeter.Tuning;

namespace InferenceMeter.Tests.Tuning;

public sealed class SearchSpaceTests
{
    [Theory]
    [InlineData(1, 5)]
    [InlineData(2, 20)]
    [InlineData(6, 60)]
    public void The_space_shares_the_cores_out_evenly(int cores, int count)
    {
        var standard = new Candidate
        {
            Model = "m",
            Precision = "fp32",
            Batch = 8,
            Instances = 1,
            Threads = cores,
            Decoders = cores,
            IsDefault = true,
        };
        var space = SearchSpace.Cpu(standard, batches: true, cores, decodes: true).ToList();

        Assert.Equal(count, space.Count);
        Assert.Equal(count, space.Distinct().Count());
        Assert.Equal(standard, space[0]);
        Assert.Single(space, candidate => candidate.IsDefault);
        Assert.All(space, candidate => Assert.InRange(candidate.Instances * candidate.Threads, 1, cores));
        Assert.All(
            SearchSpace.Cpu(standard, batches: false, cores, decodes: true),
            candidate => Assert.Equal(8, candidate.Batch)
        );
        Assert.All(
            SearchSpace.Gpu(standard, batches: true, cores, decodes: false),
            candidate => Assert.Equal(cores, candidate.Decoders)
        );
        // What is not on the grid is added to it, so that the walk from it finds the rest.
        Assert.Contains(
            SearchSpace.Cpu(standard with { Batch = 3 }, batches: true, cores, decodes: true),
            candidate => candidate is { Batch: 3, Decoders: 1 }
        );
    }
}

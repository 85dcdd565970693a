using InferenceMeter.Batching;
using InferenceMeter.Inference;

namespace InferenceMeter.Tests.Inference;

public sealed class NullSessionTests
{
    [Fact]
    public void It_answers_at_once_and_always_the_same()
    {
        using var factory = new NullSessionFactory();
        using var session = factory.Create();
        using var batch = new ImageBatch(4, factory.Model.Height, factory.Model.Width) { Count = 3 };
        var top = new ScoredClass[1];

        var result = session.Run(batch);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
            Assert.Same(result, session.Run(batch));
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal(0, allocated);
        Assert.Equal(("null", "none", "null"), (factory.Model.Name, factory.Model.Weights, factory.Provider));
        Assert.Equal(1, result.Read(2, top));
        Assert.Equal(new ScoredClass(2, 1), top[0]);
    }
}

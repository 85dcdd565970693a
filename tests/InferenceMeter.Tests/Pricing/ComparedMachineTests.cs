using InferenceMeter.Metering;
using InferenceMeter.Pricing;

namespace InferenceMeter.Tests.Pricing;

public sealed class ComparedMachineTests
{
    private static readonly ComparedMachine Here = new()
    {
        Model = "resnet50-pretrained-fp16",
        Precision = "fp16",
        Batch = 8,
        Costs = new Dictionary<Scope, decimal> { [Scope.Pipeline] = 200, [Scope.Model] = 100 },
    };

    [Fact]
    public void A_reference_of_the_model_alone_is_held_against_the_model_alone() =>
        Assert.Equal(100, Here.CostLike(Find("dawnbench-2018-04-cpu")));

    [Theory]
    [InlineData("dawnbench-2017-11-k80")]
    [InlineData("dawnbench-2019-10-t4")]
    [InlineData("ark-2017")]
    [InlineData("ark-2019")]
    public void Another_model_or_a_scope_that_nobody_stated_is_not_compared(string id) =>
        Assert.Null(Here.CostLike(Find(id)));

    [Fact]
    public void Where_the_model_alone_was_not_measured_nothing_stands_in_for_it()
    {
        var pipeline = Here with { Costs = new Dictionary<Scope, decimal> { [Scope.Pipeline] = 200 } };

        Assert.Null(pipeline.CostLike(Find("dawnbench-2018-04-cpu")));
    }

    [Theory]
    [InlineData("dawnbench-2018-04-cpu", "resnet50", "model", true)]
    [InlineData("dawnbench-2018-04-cpu", "resnet50", "pipeline", false)]
    [InlineData("dawnbench-2017-11-k80", "resnet50", "model", false)]
    [InlineData("dawnbench-2017-11-k80", "ResNet-152-v2", "model", true)]
    [InlineData("ark-2019", "resnet50", "model", false)]
    public void Like_is_what_has_the_same_model_and_scope(string id, string model, string scope, bool like) =>
        Assert.Equal(like, ComparedMachine.IsLike(Find(id), model, scope));

    [Fact]
    public void What_differs_is_named()
    {
        Assert.Equal(
            [
                "model ResNet-152, here resnet50-pretrained-fp16",
                "scope model, here pipeline",
                "precision unstated, here fp16",
                "batch 1, here 8",
            ],
            Here.Differences(Find("dawnbench-2017-11-k80"), Scope.Pipeline)
        );
        Assert.Equal(
            ["precision int8, here fp16", "batch offline, here 8"],
            Here.Differences(Find("mlperf-v5.0-h200"), Scope.Model)
        );
    }

    private static Reference Find(string id) => ReferenceCatalog.Default.Find(id)!;
}

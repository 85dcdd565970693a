using InferenceMeter.Batching;
using InferenceMeter.Inference;
using InferenceMeter.Models;
using InferenceMeter.Models.Onnx;
using InferenceMeter.Tests.Models;
using DataType = InferenceMeter.Models.Onnx.TensorProto.Types.DataType;

namespace InferenceMeter.Tests.Inference;

/// <summary>Softmax and the best classes are nodes of the graph.</summary>
public sealed class TopClassesTests
{
    [Theory]
    [InlineData(7, false)]
    [InlineData(9, true)]
    [InlineData(10, false)]
    [InlineData(11, true)]
    [InlineData(12, false)]
    [InlineData(13, true)]
    [InlineData(18, false)]
    [InlineData(21, true)]
    public void They_are_those_of_the_scores_in_every_operator_set(int opset, bool softmax)
    {
        using var factory = Open(Means(7, softmax), opset);
        using var loop = factory.CreateBareLoop(3);

        loop.RunOnce();

        for (var image = 0; image < 3; image++)
        {
            var scores = loop
                .Scores.AsSpan(image * 7, 7)
                .ToArray()
                .Select((score, index) => (Score: (double)score, Index: index))
                .ToArray();
            var sum = softmax ? 1 : scores.Sum(entry => Math.Exp(entry.Score));
            var expected = scores
                .OrderByDescending(entry => entry.Score)
                .Take(5)
                .Select(entry => (entry.Index, Probability: softmax ? entry.Score : Math.Exp(entry.Score) / sum))
                .ToArray();
            var top = new ScoredClass[5];

            Assert.Equal(5, loop.Result.Read(image, top));
            Assert.Equal(expected.Select(entry => entry.Index), top.Select(entry => entry.Index));
            Assert.All(top.Zip(expected), pair => Assert.Equal(pair.Second.Probability, pair.First.Probability, 1e-5));
        }
    }

    [Fact]
    public void Of_equal_scores_the_lower_index_comes_first_and_a_model_of_few_classes_answers_them_all()
    {
        using var factory = Open(Means(3, softmax: false, scale: 0), 13);
        using var session = factory.Create();
        using var batch = new ImageBatch(1, 4, 4) { Count = 1 };
        var top = new ScoredClass[5];

        Assert.Equal(3, session.Run(batch).Read(0, top));
        Assert.Equal([0, 1, 2], top.Take(3).Select(entry => entry.Index));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void An_image_whose_scores_are_no_numbers_has_no_answer_and_its_neighbour_has_one(float bad)
    {
        // log(mean - 128) is not a number for a dark image; 1e38 * infinity stays infinite.
        var graph = Means(6, softmax: false);
        var poison = float.IsNaN(bad)
            ? OnnxParts.Node("Log", "poison", ["scores"], "poisoned")
            : OnnxParts.Node("Exp", "poison", ["scores"], "poisoned");
        graph.Node.Add(poison);
        graph.Output[0].Name = "poisoned";
        using var factory = Open(graph, 13);
        using var session = factory.Create();
        using var batch = new ImageBatch(2, 4, 4) { Count = 2 };
        // Normalised, black is about -2 and white about +2.5 on every channel; the weights of class 0 are 40.
        batch.Slot(float.IsNaN(bad) ? 0 : 1).Fill(float.IsNaN(bad) ? (byte)0 : (byte)255);
        batch.Slot(float.IsNaN(bad) ? 1 : 0).Fill(float.IsNaN(bad) ? (byte)255 : (byte)120);

        var result = session.Run(batch);
        var (broken, whole) = float.IsNaN(bad) ? (0, 1) : (1, 0);

        Assert.Equal(0, result.Read(broken, new ScoredClass[5]));
        Assert.Equal(5, result.Read(whole, new ScoredClass[5]));
    }

    /// <summary>Scores are the means of the channels times a few weights.</summary>
    private static GraphProto Means(int classes, bool softmax, float scale = 1)
    {
        var graph = new GraphProto { Name = "means" };
        graph.Input.Add(OnnxParts.Value("x", DataType.Float, "N", 3, 4, 4));
        graph.Initializer.Add(
            OnnxParts.FloatTensor(
                "w",
                [.. Enumerable.Range(0, 3 * classes).Select(i => scale * (i % classes == 0 ? 40 : ((i * 7) % 11) + 1))],
                3,
                classes
            )
        );
        graph.Node.Add(OnnxParts.Node("GlobalAveragePool", "pool", ["x"], "pooled"));
        graph.Node.Add(OnnxParts.Node("Flatten", "flat", ["pooled"], "flat"));
        graph.Node.Add(OnnxParts.Node("MatMul", "scores", ["flat", "w"], "scores"));
        if (softmax)
            graph.Node.Add(OnnxParts.Node("Softmax", "softmax", ["scores"], "probabilities", OnnxParts.Int("axis", 1)));
        graph.Output.Add(OnnxParts.Value(softmax ? "probabilities" : "scores", DataType.Float, "N", classes));
        return graph;
    }

    private static OnnxSessionFactory Open(GraphProto graph, int opset)
    {
        var proto = new ModelProto { IrVersion = 8, Graph = graph };
        proto.OpsetImport.Add(new OperatorSetIdProto { Domain = "", Version = opset });
        return OnnxSessionFactory.Open(
            OnnxModelLoader.FromProto(proto, "", "means"),
            new InferenceOptions { BatchSize = 4 }
        );
    }
}

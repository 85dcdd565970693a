using InferenceMeter.Models;
using InferenceMeter.Models.Onnx;
using static InferenceMeter.Tests.Models.TinyGraph;
using DataType = InferenceMeter.Models.Onnx.TensorProto.Types.DataType;

namespace InferenceMeter.Tests.Models;

public sealed class PrecisionConversionTests
{
    private static readonly float[] Kernel = Numbers(3 * 3, 0.5f, seed: 2);

    [Fact]
    public void A_plain_network_becomes_half_from_input_to_output_without_a_cast()
    {
        var graph = Convolution()
            .Node("Relu", "relu", "conv")
            .Node("GlobalAveragePool", "pool", "relu")
            .Node("Flatten", "flat", "pool");
        var model = graph.ToHalf();

        Assert.Equal(0, Casts(model));
        Assert.Equal([DataType.Float16, DataType.Float16], Reads(model, "conv"));
        Assert.All(
            model.Graph.Input.Concat(model.Graph.Output),
            value => Assert.Equal(DataType.Float16, (DataType)value.Type.TensorType.ElemType)
        );
        Assert.Equal("fp16", OnnxTensors.Precision(model.Graph));
        graph.AssertAgrees(2e-3);
    }

    [Theory]
    [InlineData("Softmax")]
    [InlineData("LogSoftmax")]
    [InlineData("Exp")]
    [InlineData("ReduceMean")]
    [InlineData("ReduceL2")]
    [InlineData("ReduceSumSquare")]
    [InlineData("LpNormalization")]
    public void Operators_that_leave_the_range_stay_in_float32_between_casts(string type)
    {
        AttributeProto[] attributes = type.StartsWith("Reduce", StringComparison.Ordinal)
            ? [OnnxParts.Ints("axes", 3)]
            : [];
        var graph = Convolution().Node(type, "kept", "conv", attributes).Node("Conv", "last", "kept w");
        var model = graph.ToHalf();

        Assert.Equal([DataType.Float], Reads(model, "kept"));
        Assert.Equal([DataType.Float16, DataType.Float16], Reads(model, "last"));
        Assert.Equal(2, Casts(model));
        graph.AssertAgrees(5e-3);
    }

    [Fact]
    public void What_follows_a_float32_operator_stays_so_up_to_the_next_product_and_the_output_too()
    {
        var softmax = Convolution().Node("Softmax", "softmax", "conv").Node("Flatten", "flat", "softmax").ToHalf();

        Assert.Equal(DataType.Float, (DataType)softmax.Graph.Output[0].Type.TensorType.ElemType);
        Assert.Equal(1, Casts(softmax));
    }

    [Fact]
    public void A_layer_normalisation_in_parts_keeps_its_epsilon()
    {
        var graph = new TinyGraph()
            .Weights("two", [2])
            .Weights("eps", [1e-12f])
            .Weights("w", Kernel, 3, 3, 1, 1)
            .Node("ReduceMean", "mean", "x", OnnxParts.Ints("axes", 3))
            .Node("Sub", "centred", "x mean")
            .Node("Pow", "squares", "centred two")
            .Node("ReduceMean", "variance", "squares", OnnxParts.Ints("axes", 3))
            .Node("Add", "safe", "variance eps")
            .Node("Sqrt", "root", "safe")
            .Node("Div", "normal", "centred root")
            .Node("Conv", "conv", "normal w");
        var model = graph.ToHalf();

        Assert.Equal([DataType.Float, DataType.Float], Reads(model, "safe"));
        Assert.Equal([DataType.Float, DataType.Float], Reads(model, "normal"));
        Assert.Equal([DataType.Float16, DataType.Float16], Reads(model, "conv"));
        // Nothing reads the input in half.
        Assert.Equal(DataType.Float, (DataType)model.Graph.Input[0].Type.TensorType.ElemType);
        // In half these variances would be zero.
        graph.AssertAgrees(5e-3, scale: 1e-5f);
    }

    [Fact]
    public void Readers_of_one_value_share_one_cast()
    {
        var model = Convolution()
            .Node("Exp", "a", "conv")
            .Node("Softmax", "b", "conv")
            .Node("Conv", "c", "a w")
            .Node("Conv", "d", "a w")
            .Node("Add", "e", "c d")
            .Node("Sub", "f", "e b")
            .ToHalf();

        Assert.Equal(3, Casts(model));
        Assert.Equal(Find(model, "a").Input, Find(model, "b").Input);
        Assert.Equal(Find(model, "c").Input, Find(model, "d").Input);
        // One side of the subtraction is float32, so the other becomes so.
        Assert.Equal([DataType.Float, DataType.Float], Reads(model, "f"));
    }

    [Theory]
    [InlineData(65505f)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NaN)]
    [InlineData(1e-6f)]
    public void Weights_that_no_half_can_hold_keep_their_node_in_float32(float weight)
    {
        var model = Convolution()
            .Weights("odd", Enumerable.Repeat(weight, 9).ToArray(), 3, 3, 1, 1)
            .Node("Conv", "kept", "conv odd")
            .Node("Conv", "last", "kept w")
            .ToHalf();

        Assert.Equal([DataType.Float, DataType.Float], Reads(model, "kept"));
        Assert.Equal([DataType.Float16, DataType.Float16], Reads(model, "last"));
    }

    [Fact]
    public void A_mask_of_huge_numbers_is_never_rounded_to_infinity()
    {
        var graph = Convolution()
            .Weights("mask", [-1e9f])
            .Node("Add", "masked", "conv mask")
            .Node("Transpose", "turned", "masked", OnnxParts.Ints("perm", 0, 1, 3, 2))
            .Node("Conv", "product", "turned w")
            .Node("Softmax", "softmax", "masked")
            .Node("Conv", "last", "softmax w")
            .Node("Add", "sum", "product last");
        var model = graph.ToHalf();

        Assert.Equal([DataType.Float, DataType.Float], Reads(model, "product"));
        Assert.Equal([DataType.Float16, DataType.Float16], Reads(model, "last"));
        graph.AssertAgrees(2e-3);
    }

    [Theory]
    [InlineData(13, 65504f, false)]
    [InlineData(13, 3.4028235e38f, false)]
    [InlineData(13, float.PositiveInfinity, false)]
    [InlineData(13, 1e-12f, true)]
    public void The_bounds_of_a_clip_end_with_the_range_of_half(long opset, float bound, bool kept)
    {
        var graph = new TinyGraph(opset)
            .Weights("w", Kernel, 3, 3, 1, 1)
            .Weights("zero", [0])
            .Weights("bound", [bound])
            .Node("Conv", "conv", "x w")
            .Node("Clip", "clip", "conv zero bound")
            .Node("Conv", "last", "clip w");

        Assert.Equal(kept ? DataType.Float : DataType.Float16, Reads(graph.ToHalf(), "clip")[2]);
        graph.AssertAgrees(2e-3);
    }

    [Fact]
    public void A_clip_with_bounds_as_attributes_is_kept() =>
        Assert.Equal(
            [DataType.Float],
            Reads(
                new TinyGraph(10)
                    .Weights("w", Kernel, 3, 3, 1, 1)
                    .Node("Conv", "conv", "x w")
                    .Node("Clip", "clip", "conv")
                    .ToHalf(),
                "clip"
            )
        );

    [Theory]
    [InlineData(1e-3f, false)]
    [InlineData(1e-5f, true)]
    public void A_batch_normalisation_is_half_if_its_variances_are_normal_halves(float variance, bool kept)
    {
        var graph = Convolution()
            .Weights("s", [1, 0.5f, 1e-9f])
            .Weights("v", [variance, 1, 2])
            .Node("BatchNormalization", "bn", "conv s s s v")
            .Node("Relu", "relu", "bn");

        Assert.All(Reads(graph.ToHalf(), "bn"), read => Assert.Equal(kept ? DataType.Float : DataType.Float16, read));
    }

    [Fact]
    public void The_scales_of_a_resize_stay_float32()
    {
        var graph = Convolution()
            .Weights("scales", [1, 1, 2, 1.7f], 4)
            .Node("Resize", "large", "conv - scales")
            .Node("Conv", "last", "large w");

        Assert.Equal([DataType.Float16, DataType.Undefined, DataType.Float], Reads(graph.ToHalf(), "large"));
        graph.AssertAgrees(2e-3);
    }

    [Fact]
    public void A_constant_read_in_both_precisions_exists_in_both()
    {
        var graph = Convolution()
            .Weights("bias", [1 / 3f, 2 / 3f, 0.1f], 3, 1, 1)
            .Node("Softmax", "softmax", "conv")
            .Node("Add", "half", "conv bias")
            .Node("Mul", "single", "softmax bias")
            .Node("Add", "sum", "half single");
        var model = graph.ToHalf();

        Assert.Equal([DataType.Float16, DataType.Float16], Reads(model, "half"));
        Assert.Equal([DataType.Float, DataType.Float], Reads(model, "single"));
        Assert.Equal("bias", Find(model, "single").Input[1]);
        graph.AssertAgrees(2e-3);
    }

    [Fact]
    public void Constants_in_nodes_are_converted_in_every_spelling()
    {
        var numbers = new AttributeProto
        {
            Name = "value_floats",
            Type = AttributeProto.Types.AttributeType.Floats,
            Floats = { 1, 2, 3, 4 },
        };
        var graph = Convolution()
            .Whole("shape", 4)
            .Node("Constant", "tensor", "", OnnxParts.Tensor("value", OnnxParts.FloatTensor("", [0.5f], 1)))
            .Node(
                "Constant",
                "number",
                "",
                new AttributeProto
                {
                    Name = "value_float",
                    Type = AttributeProto.Types.AttributeType.Float,
                    F = 0.25f,
                }
            )
            .Node("Constant", "numbers", "", numbers)
            .Node("ConstantOfShape", "ones", "shape", OnnxParts.Tensor("value", OnnxParts.FloatTensor("", [1], 1)))
            .Node("ConstantOfShape", "zeros", "shape")
            .Node("Sum", "sum", "conv tensor number numbers ones zeros");

        Assert.All(Reads(graph.ToHalf(), "sum"), read => Assert.Equal(DataType.Float16, read));
        graph.AssertAgrees(2e-3);
    }

    [Fact]
    public void Whole_numbers_cast_to_float_stay_exact()
    {
        var graph = Convolution()
            .Weights("two", [2])
            .Whole("large", 100_001)
            .Node("Cast", "number", "large", OnnxParts.Int("to", (int)DataType.Float))
            .Node("Mul", "twice", "number two")
            .Node("Cast", "whole", "twice", OnnxParts.Int("to", (int)DataType.Int64))
            .Node("Cast", "y", "whole", OnnxParts.Int("to", (int)DataType.Float));

        Assert.Equal([200_002f], Run(graph.ToHalf(), Numbers(Inputs)));
    }

    private static TinyGraph Convolution() =>
        new TinyGraph().Weights("w", Kernel, 3, 3, 1, 1).Node("Conv", "conv", "x w");
}

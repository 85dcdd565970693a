using Google.Protobuf;
using InferenceMeter.Models;
using InferenceMeter.Models.Onnx;
using DataType = InferenceMeter.Models.Onnx.TensorProto.Types.DataType;

namespace InferenceMeter.ServiceTests.Program;

/// <summary>
/// A small model in the form of MLPerf's resnet50_v1.onnx: input <c>input_tensor:0</c> of pixels less
/// their mean, outputs <c>ArgMax:0</c> and <c>softmax_tensor:0</c>, 1,001 classes. It tells red, green and blue
/// pictures
/// apart, and finds all of them most like the background class.
/// </summary>
internal static class MlperfStandIn
{
    /// <summary>ImageNet's class of a red, a green and a blue picture: cock, kite, rapeseed.</summary>
    public static readonly (int Class, string Name)[] Answers = [(7, "cock"), (21, "kite"), (984, "rapeseed")];

    private const int Outputs = 1001;
    private const float Slope = 0.1f;
    private const float Background = 30;

    public static byte[] Write()
    {
        var graph = new GraphProto { Name = "tf2onnx" };
        graph.Input.Add(OnnxNodes.Value("input_tensor:0", DataType.Float, "unk__616", 3, 224, 224));
        graph.Initializer.Add(OnnxNodes.FloatTensor("dense/kernel:0", Kernel(), 3, Outputs));
        graph.Initializer.Add(OnnxNodes.FloatTensor("dense/bias:0", Bias(), Outputs));
        Add("GlobalAveragePool", "resnet_model/Mean:0", ["input_tensor:0"]);
        Add("Squeeze", "resnet_model/Squeeze:0", ["resnet_model/Mean:0"], OnnxNodes.Ints("axes", 2, 3));
        Add("MatMul", "resnet_model/dense/MatMul:0", ["resnet_model/Squeeze:0", "dense/kernel:0"]);
        Add("Add", "resnet_model/final_dense:0", ["resnet_model/dense/MatMul:0", "dense/bias:0"]);
        Add(
            "ArgMax",
            "ArgMax:0",
            ["resnet_model/final_dense:0"],
            OnnxNodes.Int("axis", 1),
            OnnxNodes.Int("keepdims", 0)
        );
        Add("Softmax", "softmax_tensor:0", ["resnet_model/final_dense:0"], OnnxNodes.Int("axis", 1));
        graph.Output.Add(OnnxNodes.Value("ArgMax:0", DataType.Int64, "unk__617"));
        graph.Output.Add(OnnxNodes.Value("softmax_tensor:0", DataType.Float, "unk__618", Outputs));
        var model = new ModelProto
        {
            IrVersion = 4,
            ProducerName = "tf2onnx",
            Graph = graph,
        };
        model.OpsetImport.Add(new OperatorSetIdProto { Domain = "", Version = 11 });
        return model.ToByteArray();

        void Add(string type, string output, string[] inputs, params AttributeProto[] attributes) =>
            graph.Node.Add(OnnxNodes.Node(type, output[..^2], inputs, output, attributes));
    }

    private static float[] Kernel()
    {
        var kernel = new float[3 * Outputs];
        for (var channel = 0; channel < 3; channel++)
            kernel[(channel * Outputs) + Answers[channel].Class + 1] = Slope;
        return kernel;
    }

    private static float[] Bias()
    {
        var bias = new float[Outputs];
        bias[0] = Background;
        return bias;
    }
}

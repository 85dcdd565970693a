using Google.Protobuf;
using InferenceMeter.Models;
using InferenceMeter.Models.Onnx;
using DataType = InferenceMeter.Models.Onnx.TensorProto.Types.DataType;

namespace InferenceMeter.Tests.Models;

public sealed class OnnxModelLoaderErrorTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    private string ModelPath => _folder.File("tiny.onnx");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Random_bytes_are_refused_in_one_line()
    {
        var random = new Random(3);
        for (var i = 0; i < 300; i++)
        {
            var bytes = new byte[random.Next(0, 300)];
            random.NextBytes(bytes);
            File.WriteAllBytes(ModelPath, bytes);
            AssertRefused("");
        }
    }

    [Fact]
    public void A_file_cut_short_anywhere_is_refused_in_one_line()
    {
        var bytes = new TinyModel().Build().ToByteArray();
        for (var length = 0; length < bytes.Length - 1; length += 1 + (length / 40))
        {
            File.WriteAllBytes(ModelPath, bytes[..length]);
            AssertRefused("");
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData("fp16")]
    [InlineData("fp32")]
    public void A_file_with_flipped_bits_is_refused_or_loaded_and_nothing_else(string? precision)
    {
        var bytes = new TinyModel { Type = precision == "fp32" ? DataType.Float16 : DataType.Float }
            .Build()
            .ToByteArray();
        var random = new Random(9);
        for (var i = 0; i < 300; i++)
        {
            var damaged = bytes.ToArray();
            for (var flips = 0; flips < 8; flips++)
                damaged[random.Next(damaged.Length)] ^= (byte)(1 << random.Next(8));
            File.WriteAllBytes(ModelPath, damaged);
            var problem = Record.Exception(() => OnnxModelLoader.Load(ModelPath, precision: precision));
            Assert.True(problem is null or ModelException, problem?.ToString());
        }
    }

    [Fact]
    public void Whatever_is_missing_is_named()
    {
        AssertRefused("no such file");
        Directory.CreateDirectory(ModelPath);
        AssertRefused("cannot be read");
    }

    [Fact]
    public void Several_image_inputs_are_refused()
    {
        var model = new TinyModel().Build();
        model.Graph.Input.Add(OnnxParts.Value("second", DataType.Float, 1, 3, 8, 8));
        TinyModel.Write(model, ModelPath);
        AssertRefused("several image inputs (x float[N,3,16,12], second float[1,3,8,8])");
    }

    [Fact]
    public void An_input_beside_the_image_is_refused()
    {
        var model = new TinyModel().Build();
        model.Graph.Input.Add(OnnxParts.Value("temperature", DataType.Float, 1));
        TinyModel.Write(model, ModelPath);
        AssertRefused("needs more than an image");
    }

    [Fact]
    public void A_model_that_takes_no_image_is_refused()
    {
        var model = new TinyModel().Build();
        model.Graph.Input[0] = OnnxParts.Value("tokens", DataType.Int64, "N", 128);
        TinyModel.Write(model, ModelPath);
        AssertRefused("no image input");
    }

    [Fact]
    public void A_model_without_a_score_for_each_class_is_refused()
    {
        var model = new TinyModel().Build();
        model.Graph.Output[0] = OnnxParts.Value("boxes", DataType.Float, "N", 100, 4);
        TinyModel.Write(model, ModelPath);
        AssertRefused("no classifier output");
    }

    [Fact]
    public void An_operator_set_before_numpy_broadcasting_is_refused()
    {
        var model = new TinyModel().Build();
        model.OpsetImport[0].Version = 6;
        TinyModel.Write(model, ModelPath);
        AssertRefused("operator set 6");
    }

    [Theory]
    [InlineData("""{ "mean": [1, 2, 3], "sdt": [1, 1, 1] }""", "unknown key \"sdt\"")]
    [InlineData("""{ "mean": [1, 2] }""", "\"mean\" is [1, 2]; it must be three numbers")]
    [InlineData("""{ "std": [1, 0, 1] }""", "\"std\"")]
    [InlineData("""{ "channel_order": "grb" }""", "one of rgb, bgr")]
    [InlineData("""{ "crop": 32 }""", "\"crop\" is 32, but the graph is frozen")]
    [InlineData("""{ "resize": 4 }""", "\"resize\" is 4, less than")]
    [InlineData("""{ "labels": ["a", "b"] }""", "2 labels for a model of 5 classes")]
    [InlineData("""{ "labels": "none.txt" }""", "labels cannot be read")]
    [InlineData("[]", "must be one JSON object")]
    [InlineData("{", "not readable as JSON")]
    public void A_wrong_sidecar_is_refused_by_the_name_of_its_key(string json, string message)
    {
        TinyModel.Write(new TinyModel().Build(), ModelPath);
        File.WriteAllText(ModelPath + ".json", json);
        AssertRefused(message);
    }

    [Fact]
    public void External_data_that_is_missing_short_or_outside_the_folder_is_refused()
    {
        var model = new TinyModel().Build();
        TinyModel.MakeExternal(model, _folder.File("tiny.data"));
        TinyModel.Write(model, ModelPath);
        File.WriteAllBytes(_folder.File("tiny.data"), File.ReadAllBytes(_folder.File("tiny.data"))[..100]);
        AssertRefused("cut short");
        File.Delete(_folder.File("tiny.data"));
        AssertRefused("is not beside it");
        model.Graph.Initializer[0].ExternalData[0].Value = "../../etc/passwd";
        TinyModel.Write(model, ModelPath);
        AssertRefused("outside the model's folder");
    }

    private void AssertRefused(string message)
    {
        var exception = Assert.Throws<ModelException>(() => OnnxModelLoader.Load(ModelPath));
        Assert.Contains(message, exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', exception.Message);
        Assert.StartsWith(_folder.Root, exception.Message, StringComparison.Ordinal);
    }
}

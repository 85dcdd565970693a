using System.Diagnostics;
using InferenceMeter.Images;
using InferenceMeter.Preprocessing;

namespace InferenceMeter.Tests.Preprocessing;

/// <summary>Against Pillow, whose <c>convert("RGB")</c>, bilinear resize and crop are what published accuracies were measured with.</summary>
public sealed class PillowTests : IDisposable
{
    /// <summary>Writes pictures of many kinds, and for each what Pillow makes of it (NAME.rgb: 224 x 224 x 3).</summary>
    private const string Make = """
        import sys, glob, os
        from PIL import Image, ImageOps
        out = sys.argv[1]
        photo = Image.effect_mandelbrot((420, 300), (-1.6, -1.1, 1.0, 1.1), 80).convert("RGB")
        ramp = Image.merge("RGB", (Image.linear_gradient("L").resize((420, 300)), photo.getchannel(0), Image.radial_gradient("L").resize((420, 300))))
        ramp.save(f"{out}/baseline.jpg", quality=95)
        ramp.save(f"{out}/progressive.jpg", quality=95, progressive=True)
        ramp.save(f"{out}/full-chroma.jpg", quality=95, subsampling=0)
        ramp.convert("L").save(f"{out}/grey.jpg", quality=95)
        ramp.convert("CMYK").save(f"{out}/cmyk.jpg", quality=95)
        ramp.convert("L").save(f"{out}/grey.png")
        ramp.convert("P").save(f"{out}/palette.png")
        ramp.convert("1").save(f"{out}/one-bit.png")
        ramp.convert("RGBA").save(f"{out}/alpha.png")
        ramp.convert("LA").save(f"{out}/grey-alpha.png")
        ramp.save(f"{out}/picture.bmp")
        ramp.convert("P").save(f"{out}/palette.bmp")
        ramp.save(f"{out}/lossless.webp", lossless=True)
        ramp.save(f"{out}/lossy.webp", quality=95)
        first = ramp.convert("P")
        first.save(f"{out}/animated.gif", save_all=True, append_images=[ImageOps.invert(ramp).convert("P")], duration=100)
        for file in (sys.argv[2:] or sorted(glob.glob(f"{out}/*.*"))):
            image = Image.open(file); image.seek(0); image = image.convert("RGB")
            w, h = image.size
            size = (256, int(256 * h / w)) if w <= h else (int(256 * w / h), 256)
            image = image.resize(size, Image.BILINEAR)
            left, top = round((size[0] - 224) / 2), round((size[1] - 224) / 2)
            image.crop((left, top, left + 224, top + 224)).save(f"{out}/{os.path.basename(file)}.png")
            open(f"{out}/{os.path.basename(file)}.rgb", "wb").write(image.crop((left, top, left + 224, top + 224)).tobytes())
        """;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory();

    [ToolFact("python3:PIL")]
    public void Every_kind_of_picture_comes_out_as_pillow_makes_it()
    {
        Run();
        foreach (var file in _folder.GetFiles().Where(file => File.Exists(file.FullName + ".rgb")))
        {
            // Lossless: only Pillow's two roundings. Lossy: decoders may differ in chroma upsampling; CMYK in its conversion.
            var tolerance = file.Name switch { "cmyk.jpg" => 3.0, _ when file.Extension is ".jpg" or ".webp" && file.Name != "lossless.webp" => 1.2, _ => 0.6 };
            foreach (var decoder in ImageDecoderFactory.Names) Agree(decoder, file.FullName, tolerance, new PreprocessingOptions());
        }
    }

    [ToolFact("python3:PIL")]
    public void Real_photos_come_out_as_pillow_makes_them()
    {
        if (SharedData.Root is null) return;
        var photos = Directory.GetFiles(SharedData.Images, "*.JPEG").Order(StringComparer.Ordinal).ToArray();
        Run(photos);
        foreach (var photo in photos)
        {
            foreach (var decoder in ImageDecoderFactory.Names)
            {
                Agree(decoder, photo, 1.0, new PreprocessingOptions { ScaledDecoding = false });
                // Scaled decoding averages blocks of pixels before the triangle filter instead of after: a little more off.
                Agree(decoder, photo, 2.5, new PreprocessingOptions { ScaledDecoding = true });
            }
        }
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private void Agree(string decoder, string file, double tolerance, PreprocessingOptions options)
    {
        var (failure, rgb) = Pictures.Decode(decoder, File.ReadAllBytes(file), options);
        var pillow = File.ReadAllBytes(Path.Combine(_folder.FullName, Path.GetFileName(file) + ".rgb"));
        Assert.True(failure == ImageFailure.None, $"{decoder}, {file}: {failure}");
        var mean = rgb.Select((value, i) => (double)Math.Abs(value - pillow[i])).Average();
        Assert.True(mean <= tolerance, $"{decoder}, {Path.GetFileName(file)}, scaled {options.ScaledDecoding}: mean difference {mean:0.00}, at most {tolerance}");
    }

    private void Run(params string[] files)
    {
        var start = new ProcessStartInfo("/usr/bin/python3", ["-c", Make, _folder.FullName, .. files]) { RedirectStandardError = true, UseShellExecute = false };
        using var python = Process.Start(start)!;
        var errors = python.StandardError.ReadToEnd();
        python.WaitForExit();
        Assert.True(python.ExitCode == 0, errors);
        foreach (var picture in _folder.GetFiles("*.*.png")) picture.Delete();
    }
}

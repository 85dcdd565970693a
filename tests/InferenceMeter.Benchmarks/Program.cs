using System.CommandLine;
using InferenceMeter.Benchmarks.Decoding;
using InferenceMeter.Images;

var root = new RootCommand("Benchmarks of InferenceMeter, in images per second of one thread.")
{
    DecodeCommand.Create(),
    DecodeVsPillowCommand.Create(),
};
try
{
    return await root.Parse(args).InvokeAsync(new() { EnableDefaultExceptionHandler = false });
}
catch (ImageSourceException e)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}

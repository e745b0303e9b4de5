import {
  AttachInternetGatewayCommand,
  CreateInternetGatewayCommand,
  CreateRouteCommand,
  DescribeRouteTablesCommand,
  DescribeVpcsCommand,
  EC2Client,
} from '@aws-sdk/client-ec2';

/** Gives the default VPC the internet gateway and route that AWS gives to every new account's, and moto does not. */
export async function connectDefaultVpc(endpoint: string): Promise<void> {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const ec2 = new EC2Client({ endpoint, region: 'us-east-1', credentials });
  const { Vpcs = [] } = await ec2.send(new DescribeVpcsCommand({}));
  const VpcId = Vpcs.find(({ IsDefault }) => IsDefault === true)?.VpcId;
  const { InternetGateway } = await ec2.send(new CreateInternetGatewayCommand({}));
  const GatewayId = InternetGateway?.InternetGatewayId;
  await ec2.send(new AttachInternetGatewayCommand({ InternetGatewayId: GatewayId, VpcId }));
  const { RouteTables = [] } = await ec2.send(new DescribeRouteTablesCommand({}));
  const RouteTableId = RouteTables.find((table) => table.VpcId === VpcId)?.RouteTableId;
  await ec2.send(new CreateRouteCommand({ RouteTableId, GatewayId, DestinationCidrBlock: '0.0.0.0/0' }));
  ec2.destroy();
}
